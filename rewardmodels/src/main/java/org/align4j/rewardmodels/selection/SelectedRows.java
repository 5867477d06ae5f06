package org.align4j.rewardmodels.selection;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.align4j.core.data.Group;
import org.align4j.core.data.Text;
import org.align4j.core.io.AtomicFiles;
import org.align4j.rewardmodels.sampling.PromptJson;
import tools.jackson.databind.json.JsonMapper;

/** Rows of a selection as files of JSON Lines, each of which appears whole or not at all. */
public final class SelectedRows {
    private SelectedRows() {}

    /** What a row is written as. */
    public enum Shape { DEMONSTRATION, PAIR, LIST }

    /**
     * Writes training rows: the tokens as they were read ({@code prompt_ids}, {@code response_ids} …), which is what {@link org.align4j.core.data.DataLoader} reads, so that
     * what was cut or put through a template stays as it was; and, where they were text, the same as text.
     *
     * @param graded whether a pair says by how much its chosen response is better
     */
    public static void write(Path file, List<Candidate> rows, Shape shape, Predicate<Candidate> graded) {
        lines(file, rows, row -> training(row, shape, graded.test(row)));
    }

    /** Writes a line for every row that stayed: where it was read, its scores, what was said of it. In the order of the training rows. */
    public static void writeKept(Path file, List<Selection.Kept> rows) {
        lines(file, rows, kept -> {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("index", kept.index());
            m.put("at", kept.row().at().toString());
            m.put("scores", finite(kept.scores()));
            m.put("notes", kept.notes());
            return m;
        });
    }

    /** Writes a line for every row that fell away: where it was read, which step dropped it, by what score, why; and its text. */
    public static void writeDropped(Path file, List<Selection.Dropped> rows) {
        lines(file, rows, dropped -> {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("index", dropped.index());
            m.put("at", dropped.row().at().toString());
            m.put("step", dropped.step());
            m.put("score", number(dropped.score()));
            m.put("reason", dropped.reason());
            m.put("prompt", dropped.row().promptText());
            m.put("response", dropped.row().text(Part.RESPONSE));
            return m;
        });
    }

    private static Map<String, Object> finite(Map<String, Double> scores) {
        Map<String, Object> m = new LinkedHashMap<>();
        scores.forEach((name, score) -> m.put(name, number(score)));
        return m;
    }

    /** JSON has no infinities: those are words. */
    private static Object number(double score) {
        return Double.isNaN(score) ? null : Double.isInfinite(score) ? (Object) String.valueOf(score) : score;
    }

    private static Map<String, Object> training(Candidate row, Shape shape, boolean graded) {
        Map<String, Object> m = new LinkedHashMap<>();
        if (!(row.prompt() instanceof Text.Ids)) {
            m.put("prompt", PromptJson.text(row.prompt()));
        }
        m.put("prompt_ids", row.group().prompt());
        if (shape == Shape.DEMONSTRATION) {
            response(m, row, 0, "completion", "response_ids", "score");
        } else if (shape == Shape.PAIR) {
            response(m, row, 0, "chosen", "chosen_ids", graded ? "score_chosen" : null);
            response(m, row, 1, "rejected", "rejected_ids", graded ? "score_rejected" : null);
            if (row.responses().size() > 2) {
                response(m, row, 2, "target", "target_ids", null);
            }
        } else {
            if (!(row.prompt() instanceof Text.Ids)) {
                m.put("responses", row.responses());
            }
            m.put("responses_ids", row.group().responses().stream().map(Group.Response::ids).toList());
            m.put("scores", row.group().responses().stream().map(Group.Response::score).toList());
        }
        return m;
    }

    private static void response(Map<String, Object> m, Candidate row, int i, String text, String ids, String score) {
        Group.Response r = row.group().responses().get(i);
        if (!(row.prompt() instanceof Text.Ids)) {
            m.put(text, row.prompt() instanceof Text.Chat ? List.of(PromptJson.message("assistant", row.responses().get(i))) : row.responses().get(i));
        }
        m.put(ids, r.ids());
        if (score != null && !Double.isNaN(r.score())) {
            m.put(score, r.score());
        }
    }

    private static <T> void lines(Path file, List<T> rows, Function<T, Map<String, Object>> line) {
        AtomicFiles.write(file, out -> {
            BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (T row : rows) {
                writer.write(JsonMapper.shared().writeValueAsString(line.apply(row)));
                writer.write('\n');
            }
            writer.flush();
        });
    }
}
