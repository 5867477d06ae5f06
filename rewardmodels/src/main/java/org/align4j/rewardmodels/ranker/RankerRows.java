package org.align4j.rewardmodels.ranker;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.TextGroup;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.internal.PromptText;
import tools.jackson.databind.json.JsonMapper;

/** Training data for judges: preference pairs as rows of text to text, for an SFT stage. */
public final class RankerRows {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private RankerRows() {}

    /** What is asked and the word that answers it. */
    public record Row(String prompt, String word) {}

    /**
     * One comparison of each pair, its order drawn from the stream {@code ranker-order} of the seed and the pair's index.
     *
     * @param pairs the better response first
     */
    public static List<Row> comparisons(List<TextGroup> pairs, JudgeTemplate template, long seed) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            String[] t = texts(pairs.get(i));
            boolean swapped = Streams.of(seed, "ranker-order", i).nextBoolean();
            rows.add(swapped ? new Row(template.fill(t[0], t[2], t[1]), template.no()) : new Row(template.fill(t[0], t[1], t[2]), template.yes()));
        }
        return rows;
    }

    /** Two judgements of each pair: its better response is good, its worse one bad. */
    public static List<Row> judgements(List<TextGroup> pairs, JudgeTemplate template) {
        List<Row> rows = new ArrayList<>();
        for (TextGroup pair : pairs) {
            String[] t = texts(pair);
            rows.add(new Row(template.fill(t[0], t[1]), template.yes()));
            rows.add(new Row(template.fill(t[0], t[2]), template.no()));
        }
        return rows;
    }

    private static String[] texts(TextGroup pair) {
        if (pair.responses().size() != 2) {
            throw new IllegalArgumentException("A judge learns from pairs, found " + pair.responses().size() + " responses at " + pair.at());
        }
        return new String[] {PromptText.of(pair.prompt()), PromptText.of(pair.responses().get(0).text()), PromptText.of(pair.responses().get(1).text())};
    }

    /**
     * Writes rows as JSON Lines: {@code prompt} and {@code completion}, or messages of a user and an assistant.
     *
     * @param chat as in {@link JudgeModel#chat}
     */
    public static void write(Path file, List<Row> rows, boolean chat) {
        AtomicFiles.write(file, out -> {
            BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (Row row : rows) {
                lines.write(MAPPER.writeValueAsString(fields(row, chat)));
                lines.newLine();
            }
            lines.flush();
        });
    }

    private static Map<String, Object> fields(Row row, boolean chat) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (chat) {
            fields.put("messages", List.of(Map.of("role", "user", "content", row.prompt()), Map.of("role", "assistant", "content", row.word())));
        } else {
            fields.put("prompt", row.prompt());
            fields.put("completion", JudgeTemplate.continuing(row.prompt(), row.word()));
        }
        return fields;
    }
}
