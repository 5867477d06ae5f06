package org.align4j.rewardmodels.verifier;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes verifiers from descriptions.
 *
 * <table>
 * <caption>Kinds and their settings</caption>
 * <tr><th>Kind</th><th>Settings</th></tr>
 * <tr><td>{@code exact_match}</td><td>{@code ignore_case} (false)</td></tr>
 * <tr><td>{@code final_answer}</td><td>{@code markers} (####, answer:)</td></tr>
 * <tr><td>{@code regex}</td><td>{@code pattern} (required), {@code whole} (false: found anywhere)</td></tr>
 * <tr><td>{@code json_schema}</td><td>{@code schema} (an object or text) or {@code schema_file}, {@code fenced} (false)</td></tr>
 * <tr><td>{@code length}</td><td>{@code unit} (words; characters, tokens), {@code least} (0), {@code most} (required), {@code slack} (0)</td></tr>
 * <tr><td>{@code ifeval}</td><td>{@code loose} (false), {@code all} (false: the share of instructions)</td></tr>
 * </table>
 *
 * <p>Every kind also takes the scores of {@link VerifierScores}: {@code right} (10), {@code wrong} (0), {@code bad_format} (0), {@code not_ended} (−10, or
 * none). The defaults are Tülu 3's.
 */
public final class Verifiers {
    private static final List<String> KINDS = List.of("exact_match", "final_answer", "regex", "json_schema", "length", "ifeval");
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Verifiers() {}

    /** The names of all kinds. */
    public static List<String> kinds() {
        return KINDS;
    }

    /**
     * The reward a description stands for.
     *
     * @throws UserException when the kind or a setting is not known, missing or wrong, or a file cannot be read
     */
    public static VerifierReward of(VerifierSpec spec) {
        Settings settings = new Settings(spec);
        try {
            Verifier verifier = verifier(spec.kind(), settings);
            VerifierScores standard = VerifierScores.TULU3;
            VerifierScores scores = new VerifierScores(settings.number("right", standard.right()), settings.number("wrong", standard.wrong()),
                    settings.number("bad_format", standard.badFormat()), settings.numberOrNone("not_ended", standard.notEnded()));
            Map<String, Object> all = settings.finish();
            String identity = "verifier 1 " + spec.kind() + "\n" + MAPPER.writeValueAsString(all);
            return new VerifierReward(verifier, scores, name(spec.kind(), verifier), Digests.sha256(identity.getBytes(StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw new UserException("The verifier " + spec.kind() + ": " + e.getMessage() + ".", e);
        }
    }

    private static Verifier verifier(String kind, Settings s) {
        return switch (kind) {
            case "exact_match" -> new ExactMatchVerifier(s.flag("ignore_case", false));
            case "final_answer" -> new FinalAnswerVerifier(s.texts("markers", new FinalAnswerVerifier().markers()));
            case "regex" -> new RegexVerifier(BoundedPattern.of(s.text("pattern")), s.flag("whole", false));
            case "json_schema" -> schema(s);
            case "length" -> length(s);
            case "ifeval" -> new InstructionVerifier(s.flag("loose", false), s.flag("all", false));
            default -> throw new UserException("There is no verifier \"" + kind + "\"; known are " + String.join(", ", KINDS) + ".");
        };
    }

    private static Verifier length(Settings s) {
        String unit = s.has("unit") ? s.text("unit") : s.keep("unit", "words");
        if (Arrays.stream(LengthVerifier.Unit.values()).noneMatch(u -> u.name().toLowerCase(Locale.ROOT).equals(unit))) {
            throw new UserException("The verifier length: unit must be characters, words or tokens, found " + unit + ".");
        }
        if (!s.has("most")) {
            throw new UserException("The verifier length needs the setting most, a whole number.");
        }
        return new LengthVerifier(LengthVerifier.Unit.valueOf(unit.toUpperCase(Locale.ROOT)), s.whole("least", 0), s.whole("most", 0), s.whole("slack", 0));
    }

    private static Verifier schema(Settings s) {
        boolean inline = s.has("schema");
        if (inline == s.has("schema_file")) {
            throw new UserException("The verifier json_schema needs one of the settings schema and schema_file, found " + (inline ? "both." : "neither."));
        }
        Object written = inline ? s.objectOrText("schema") : read(Path.of(s.text("schema_file")));
        JsonSchemaVerifier verifier = new JsonSchemaVerifier(written instanceof String text ? text : MAPPER.writeValueAsString(written), s.flag("fenced", false));
        // What the file says counts, not where it lies.
        s.keep("schema_file", "");
        s.keep("schema", verifier.schema());
        return verifier;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UserException("The verifier json_schema cannot read its schema_file " + file + ": " + e.getMessage() + ".", e);
        }
    }

    private static String name(String kind, Verifier verifier) {
        if (verifier instanceof RegexVerifier regex) {
            return kind + " " + regex.pattern();
        }
        if (verifier instanceof LengthVerifier length) {
            return kind + " " + length.least() + " to " + length.most() + " " + length.unit().name().toLowerCase(Locale.ROOT);
        }
        return kind;
    }
}
