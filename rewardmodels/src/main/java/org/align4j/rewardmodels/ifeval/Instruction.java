package org.align4j.rewardmodels.ifeval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.align4j.core.UserException;

/**
 * An instruction that a program can verify, as in IFEval (<a href="https://arxiv.org/abs/2311.07911">Zhou et al., 2023</a>): an id, {@code punctuation:no_comma} for instance, and what it
 * is given. 24 of IFEval's 25 ids are known. Three are not as published: keywords are taken literally, not as regular expressions; {@code english_capital} and
 * {@code english_lowercase} look at letters, not at the language; {@code number_sentences} goes by punctuation and a list of abbreviations, where IFEval has NLTK's Punkt.
 * May be used by several threads.
 */
public final class Instruction {
    /** The one that needs a detector of languages, which there is none of here. */
    public static final String LANGUAGE = "language:response_language";

    private final String id;
    private final Map<String, Object> arguments;
    private final Predicate<String> check;

    private Instruction(String id, Map<String, Object> arguments, Predicate<String> check) {
        this.id = id;
        this.arguments = arguments;
        this.check = check;
    }

    /**
     * Makes one.
     *
     * @param arguments texts, numbers and lists of texts by IFEval's names; those that are null count as not given
     * @throws UserException for an id that is not known or cannot be verified
     * @throws IllegalArgumentException for arguments that are missing, wrong or too many
     */
    public static Instruction of(String id, Map<String, ?> arguments) {
        Objects.requireNonNull(id, "id");
        if (id.equals(LANGUAGE)) {
            throw new UserException("The instruction " + LANGUAGE + " cannot be verified: there is no detector of languages here. Leave out the prompts that have it.");
        }
        Function<Arguments, Predicate<String>> check = Checks.of(id);
        if (check == null) {
            throw new UserException("There is no instruction \"" + id + "\"; known are " + String.join(", ", ids()) + ".");
        }
        Map<String, Object> given = new LinkedHashMap<>(arguments);
        given.values().removeIf(Objects::isNull);
        Arguments read = new Arguments(id, given);
        Predicate<String> predicate = check.apply(read);
        read.finish();
        return new Instruction(id, Collections.unmodifiableMap(given), predicate);
    }

    /** All that can be verified, in alphabetical order. */
    public static List<String> ids() {
        return Checks.ids();
    }

    /** Its id. */
    public String id() {
        return id;
    }

    /** What it was given. */
    public Map<String, Object> arguments() {
        return arguments;
    }

    /** Whether a response follows it; an empty one follows nothing. */
    public boolean strict(String response) {
        return !Texts.strip(response).isEmpty() && check.test(response);
    }

    /**
     * Whether a response, or what it would be without its first line (an introduction), its last line or both, as it is or without asterisks, follows it. This forgives what
     * chat models add, and some responses that do not follow.
     */
    public boolean loose(String response) {
        List<String> lines = Texts.split(response, "\n");
        int n = lines.size();
        List<String> forms = List.of(response, part(lines, 1, n), part(lines, 0, n - 1), part(lines, 1, n - 1));
        return forms.stream().flatMap(f -> Stream.of(f, f.replace("*", ""))).anyMatch(this::strict);
    }

    private static String part(List<String> lines, int from, int to) {
        return from >= to ? "" : Texts.strip(String.join("\n", lines.subList(from, to)));
    }

    @Override
    public String toString() {
        return id + (arguments.isEmpty() ? "" : " " + arguments);
    }
}
