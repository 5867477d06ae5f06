package org.align4j.core.text;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.text.jinja.Rendered;
import org.align4j.core.text.jinja.Template;

/**
 * Turns a conversation into the text a model was, or is to be, trained on. Templates are Hugging Face's (Jinja), see
 * {@link org.align4j.core.text.jinja} for what of it is supported. Immutable.
 *
 * <p>A template sees {@code messages}, {@code add_generation_prompt}, the special tokens under their names
 * ({@code bos_token}, {@code eos_token}, …), {@code tools} and {@code documents} as none, and the variables given by {@link #with}.
 */
public final class ChatTemplate {
    private final String name;
    private final Template template;
    private final Map<String, Object> variables;
    private final Clock clock;
    private final boolean writesBos;

    private ChatTemplate(String name, Template template, Map<String, Object> variables, Clock clock, boolean writesBos) {
        this.name = name;
        this.template = template;
        this.variables = variables;
        this.clock = clock;
        this.writesBos = writesBos;
    }

    /**
     * A template from its source; it must write the beginning-of-text token itself where the model needs one.
     *
     * @param name   what errors call it
     * @param tokens special tokens by role, see {@link HfTokenizer#namedTokens()}
     * @param clock  what {@code strftime_now} reads
     */
    public static ChatTemplate parse(String name, String source, Map<String, String> tokens, Clock clock) {
        return new ChatTemplate(name, Template.parse(name, source), new LinkedHashMap<>(tokens), clock, true);
    }

    /** The template that comes with a model, or null when there is none. */
    public static ChatTemplate ofModel(HfTokenizer tokenizer, Clock clock) {
        String source = tokenizer.chatTemplate();
        return source == null ? null : parse("of " + tokenizer.directory(), source, tokenizer.namedTokens(), clock);
    }

    /**
     * The template a recipe names: {@code chatml}, {@code plain}, {@code alpaca}, or the path of a file.
     *
     * @throws UserException when it is neither, or the tokenizer lacks the tokens a built-in template marks turns with
     */
    public static ChatTemplate named(String nameOrPath, HfTokenizer tokenizer, Clock clock) {
        String source = BuiltInTemplates.SOURCES.get(nameOrPath);
        if (source != null) {
            for (String token : BuiltInTemplates.TOKENS.getOrDefault(nameOrPath, List.of())) {
                if (!tokenizer.addedTokens().containsKey(token)) {
                    throw new UserException("The chat template '" + nameOrPath + "' needs the token " + token + ", which the tokenizer in "
                            + tokenizer.directory() + " does not have. Use 'plain' or 'alpaca', or the path of a template of your own.");
                }
            }
            return new ChatTemplate(nameOrPath, Template.parse(nameOrPath, source), new LinkedHashMap<>(tokenizer.namedTokens()), clock, false);
        }
        Path file;
        try {
            file = Path.of(nameOrPath);
        } catch (InvalidPathException e) {
            file = null;
        }
        if (file == null || !Files.isRegularFile(file)) {
            throw new UserException("chat_template must be one of " + String.join(", ", BuiltInTemplates.SOURCES.keySet())
                    + " or the path of a template file, found '" + nameOrPath + "', which is neither.");
        }
        return parse(file.toString(), TokenizerFiles.text(file), tokenizer.namedTokens(), clock);
    }

    /** The same template with another variable set, e.g. {@code enable_thinking}. */
    public ChatTemplate with(String variable, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(variables);
        more.put(variable, value);
        return new ChatTemplate(name, template, more, clock, writesBos);
    }

    /**
     * Renders a conversation.
     *
     * @param addGenerationPrompt whether the text ends with what stands before an answer of the assistant
     */
    public Rendered render(List<Message> messages, boolean addGenerationPrompt) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("tools", null);
        all.put("documents", null);
        all.putAll(variables);
        List<Map<String, Object>> turns = new ArrayList<>();
        for (Message m : messages) {
            Map<String, Object> turn = new LinkedHashMap<>();
            turn.put("role", m.role());
            turn.put("content", m.content());
            turns.add(turn);
        }
        all.put("messages", turns);
        all.put("add_generation_prompt", addGenerationPrompt);
        return template.render(all, clock);
    }

    /** What errors call this template. */
    public String name() {
        return name;
    }

    /** Whether the template itself is responsible for the beginning-of-text token; built-in ones leave it to the tokenizer. */
    boolean writesBos() {
        return writesBos;
    }
}
