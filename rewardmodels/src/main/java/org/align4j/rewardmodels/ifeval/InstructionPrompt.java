package org.align4j.rewardmodels.ifeval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.Row;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A prompt and the instructions in it.
 *
 * @param key          which one
 * @param prompt       its text
 * @param instructions at least one
 */
public record InstructionPrompt(String key, String prompt, List<Instruction> instructions) {
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() { };

    public InstructionPrompt {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(prompt, "prompt");
        instructions = List.copyOf(instructions);
        if (instructions.isEmpty()) {
            throw new IllegalArgumentException("a prompt needs at least one instruction, found none");
        }
    }

    /**
     * Prompts of a file.
     *
     * @param prompts in the file's order
     * @param without prompts left out by the id for which they are
     */
    public record File(List<InstructionPrompt> prompts, Map<String, Long> without) {
        public File {
            prompts = List.copyOf(prompts);
            without = java.util.Collections.unmodifiableMap(new TreeMap<>(without));
        }
    }

    /**
     * Reads IFEval's {@code input_data.jsonl}: {@code key} (the row's number where there is none), {@code prompt}, {@code instruction_id_list}, {@code kwargs}, the last two of the same
     * length.
     *
     * @param leaveOut whether prompts with an instruction that cannot be verified ({@link Instruction#LANGUAGE}) are left out and counted; else they are an error
     * @throws UserException for a file that cannot be read, with the row that is wrong
     */
    public static File read(Path file, boolean leaveOut) {
        List<InstructionPrompt> prompts = new ArrayList<>();
        Map<String, Long> without = new TreeMap<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                JsonNode ids = row.fields().path("instruction_id_list");
                if (leaveOut && ids.isArray() && ids.valueStream().anyMatch(i -> Instruction.LANGUAGE.equals(i.asString("")))) {
                    without.merge(Instruction.LANGUAGE, 1L, Long::sum);
                } else {
                    prompts.add(of(row));
                }
            }
        }
        if (prompts.isEmpty()) {
            throw new UserException(file + " has no prompt whose instructions can be verified; " + (without.isEmpty() ? "it is empty." : "left out are " + without + "."));
        }
        return new File(prompts, without);
    }

    private static InstructionPrompt of(Row row) {
        JsonNode prompt = row.fields().get("prompt");
        if (prompt == null || !prompt.isString()) {
            throw new UserException(row.where() + ": the field prompt must be a text, found " + (prompt == null ? "none" : prompt) + ".");
        }
        JsonNode key = row.fields().get("key");
        try {
            return new InstructionPrompt(key == null || key.isContainer() ? Long.toString(row.at().row()) : key.asString(), prompt.asString(), instructions(row.fields()));
        } catch (UserException | IllegalArgumentException e) {
            String message = e.getMessage();
            throw new UserException(row.where() + ": " + message + (message.endsWith(".") ? "" : "."), e);
        }
    }

    /**
     * Reads instructions alone: a JSON object with {@code instruction_id_list} and {@code kwargs}, as in {@link #read}.
     *
     * @throws IllegalArgumentException where it is something else
     */
    public static List<Instruction> instructions(String json) {
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("instructions must be a JSON object with instruction_id_list and kwargs, found \"" + json + "\"", e);
        }
        return instructions(node);
    }

    private static List<Instruction> instructions(JsonNode node) {
        JsonNode ids = node.path("instruction_id_list");
        JsonNode arguments = node.path("kwargs");
        if (!ids.isArray() || !arguments.isArray() || ids.size() != arguments.size() || ids.isEmpty()) {
            throw new IllegalArgumentException("instruction_id_list and kwargs must be lists of the same length, 1 or more, found " + ids + " and " + arguments);
        }
        List<Instruction> out = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            JsonNode given = arguments.get(i);
            if (!ids.get(i).isString() || !given.isObject()) {
                throw new IllegalArgumentException("instruction_id_list must have texts and kwargs objects, found " + ids.get(i) + " and " + given);
            }
            out.add(Instruction.of(ids.get(i).asString(), JsonMapper.shared().convertValue(given, MAP)));
        }
        return out;
    }
}
