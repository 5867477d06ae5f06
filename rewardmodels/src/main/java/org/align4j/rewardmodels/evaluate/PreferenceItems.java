package org.align4j.rewardmodels.evaluate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.align4j.core.UserException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Message;
import org.align4j.core.data.Row;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextDataset;
import org.align4j.core.data.TextGroup;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import tools.jackson.databind.JsonNode;

/**
 * Preference data to evaluate a reward on: a file of pairs or of lists with scores, in any format training takes. Every better answer of a list makes a pair with
 * every worse one.
 *
 * @param items  what can be scored, in the file's order
 * @param report what became of every row
 */
public record PreferenceItems(List<Item> items, DataReport report) {
    /** Questions scored in one call. */
    private static final int CHUNK = 16;

    public PreferenceItems {
        items = List.copyOf(items);
    }

    /**
     * Where else to look in a row; a dot leads into an object, as in {@code meta.source}.
     *
     * @param subset    a text or number that names the part of the data a row belongs to
     * @param reference the correct answer, for verifiers
     * @param votes     an object from annotator to {@code chosen}, {@code rejected} or {@code tie}, or a list of these; pairs only
     */
    public record Columns(Optional<String> subset, Optional<String> reference, Optional<String> votes) {
        /** None of them. */
        public static final Columns NONE = new Columns(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** One row: a question with all its answers, and what is known of them; see {@link ScoredItem}. */
    public record Item(Question question, String subset, double[] labels, List<ScoredItem.Pair> pairs, Map<String, Vote> votes) {}

    /**
     * Reads a file.
     *
     * @param format shape of the rows, or null to tell it from the first row
     */
    public static PreferenceItems read(Path file, DataFormat format, Columns columns) {
        TextDataset data = new DataLoader(DataSettings.of(TaskKind.PAIR).withPairs(DataSettings.Pairs.ALL).withFormat(format)).read(file);
        Map<Long, Row> rows = columns.equals(Columns.NONE) ? Map.of() : rows(file);
        List<Item> items = new ArrayList<>();
        List<TextGroup> row = new ArrayList<>();
        for (TextGroup pair : data.groups()) {
            if (!row.isEmpty() && !sameQuestion(row.get(0), pair)) {
                items.add(item(row, rows, columns));
                row.clear();
            }
            row.add(pair);
        }
        items.add(item(row, rows, columns));
        return new PreferenceItems(items, data.report());
    }

    /** A row may hold several questions, as trees of messages do. */
    private static boolean sameQuestion(TextGroup a, TextGroup b) {
        return a.at().equals(b.at()) && a.prompt().equals(b.prompt());
    }

    private static Map<Long, Row> rows(Path file) {
        Map<Long, Row> rows = new LinkedHashMap<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                rows.put(row.at().row(), row);
            }
        }
        return rows;
    }

    private static Item item(List<TextGroup> pairs, Map<Long, Row> rows, Columns columns) {
        Map<Text, Integer> index = new LinkedHashMap<>();
        List<Answer> answers = new ArrayList<>();
        List<Double> labels = new ArrayList<>();
        List<ScoredItem.Pair> found = new ArrayList<>();
        for (TextGroup pair : pairs) {
            int[] two = new int[2];
            for (int i = 0; i < 2; i++) {
                TextGroup.Response r = pair.responses().get(i);
                Integer known = index.get(r.text());
                two[i] = known == null ? answers.size() : known;
                if (known == null) {
                    index.put(r.text(), two[i]);
                    answers.add(answer(r.text()));
                    labels.add(r.score());
                }
            }
            found.add(new ScoredItem.Pair(two[0], two[1], pair.responses().get(0).score() - pair.responses().get(1).score()));
        }
        Row row = rows.get(pairs.get(0).at().row());
        String subset = columns.subset().map(c -> word(row, c)).orElse("");
        String reference = columns.reference().map(c -> word(row, c)).orElse(null);
        Map<String, Vote> votes = columns.votes().map(c -> votes(row, c)).orElse(Map.of());
        if (!votes.isEmpty() && found.size() > 1) {
            throw new UserException(row.where() + ": votes are about one pair, but the row has " + answers.size() + " answers. Give one pair a row, or leave out the votes.");
        }
        return new Item(new Question(pairs.get(0).prompt(), answers, reference), subset, labels.stream().mapToDouble(v -> v).toArray(), found, votes);
    }

    private static Answer answer(Text text) {
        if (text instanceof Text.Plain plain) {
            return Answer.of(plain.text());
        }
        if (text instanceof Text.Ids ids) {
            return new Answer("", ids.ids(), true);
        }
        List<Message> turns = ((Text.Chat) text).messages();
        return Answer.of(turns.get(turns.size() - 1).content());
    }

    private static JsonNode find(Row row, String column) {
        JsonNode node = row.fields().get(column);
        if (node == null) {
            node = row.fields();
            for (String part : column.split("\\.")) {
                node = node == null || !node.isObject() ? null : node.get(part);
            }
        }
        if (node == null || node.isNull()) {
            throw new UserException(row.where() + ": there is no field " + column + "; the row has " + String.join(", ", row.fields().propertyNames()) + ".");
        }
        return node;
    }

    private static String word(Row row, String column) {
        JsonNode node = find(row, column);
        if (node.isContainer()) {
            throw new UserException(row.where() + ": the field " + column + " must be a text or number, found " + (node.isArray() ? "a list" : "an object") + ".");
        }
        return node.asString();
    }

    private static Map<String, Vote> votes(Row row, String column) {
        JsonNode node = find(row, column);
        Map<String, Vote> votes = new LinkedHashMap<>();
        try {
            if (node.isObject()) {
                node.properties().forEach(e -> votes.put(e.getKey(), Vote.parse(e.getValue().asString())));
            } else if (node.isArray()) {
                for (int i = 0; i < node.size(); i++) {
                    votes.put("annotator " + (i + 1), Vote.parse(node.get(i).asString()));
                }
            } else {
                throw new UserException("it must be an object from annotator to vote, or a list of votes");
            }
        } catch (UserException e) {
            throw new UserException(row.where() + ", field " + column + ": " + e.getMessage() + ".", e);
        }
        return votes;
    }

    /**
     * Scores every answer.
     *
     * @param progress told how many items are done
     */
    public List<ScoredItem> score(Reward reward, LongConsumer progress) {
        List<ScoredItem> out = new ArrayList<>(items.size());
        for (int from = 0; from < items.size(); from += CHUNK) {
            List<Item> chunk = items.subList(from, Math.min(items.size(), from + CHUNK));
            List<double[]> scores = reward.score(chunk.stream().map(Item::question).toList());
            for (int i = 0; i < chunk.size(); i++) {
                Item item = chunk.get(i);
                int[] lengths = item.question().answers().stream().mapToInt(PreferenceItems::length).toArray();
                out.add(new ScoredItem(item.subset(), scores.get(i), lengths, item.labels(), item.pairs(), item.votes()));
            }
            progress.accept(out.size());
        }
        return out;
    }

    /** In characters; in tokens where the data are tokens. */
    private static int length(Answer answer) {
        return answer.ids() != null ? answer.ids().length : answer.text().codePointCount(0, answer.text().length());
    }
}
