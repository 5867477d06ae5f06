package org.align4j.rewardmodels.winrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.Row;
import tools.jackson.databind.JsonNode;

/** Turns rows into judgements; {@link Judgements#read} says which fields there are. */
final class JudgementReader {
    private static final String DEFAULT_BASELINE = "baseline";

    private JudgementReader() {}

    static Judgements read(Path file) {
        List<Judgement> list = new ArrayList<>();
        long without = 0;
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
            CsvTable table = CsvTable.read(file);
            for (CsvTable.Line line : table.lines()) {
                Optional<Judgement> judgement = judgement(new Fields(line.where(), line.fields()));
                judgement.ifPresent(list::add);
                without += judgement.isEmpty() ? 1 : 0;
            }
        } else {
            try (DataReader reader = DataReader.withNaN(file)) {
                for (Row row = reader.next(); row != null; row = reader.next()) {
                    Optional<Judgement> judgement = judgement(new Fields(row.where(), texts(row)));
                    judgement.ifPresent(list::add);
                    without += judgement.isEmpty() ? 1 : 0;
                }
            }
        }
        if (list.isEmpty()) {
            throw new UserException(file + " has no judgement: at least one row with a preference is needed, found " + (without == 0 ? "no rows." : without + " rows without one."));
        }
        return new Judgements(list, without);
    }

    private static Map<String, String> texts(Row row) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : row.fields().properties()) {
            if (!field.getValue().isContainer()) {
                texts.put(field.getKey(), field.getValue().isNull() ? "" : field.getValue().asString());
            }
        }
        return texts;
    }

    private static Optional<Judgement> judgement(Fields row) {
        Optional<Double> preference = preference(row);
        String instruction = row.first("instruction", "prompt").orElseThrow(() -> row.missing("instruction"));
        String model = row.first("model", "generator_2").orElseThrow(() -> row.missing("model or generator_2"));
        String baseline = row.first("baseline", "generator_1").orElse(DEFAULT_BASELINE);
        Optional<Integer> mine = row.length("model_chars", "output_2");
        Optional<Integer> others = row.length("baseline_chars", "output_1");
        if (mine.isPresent() != others.isPresent()) {
            throw new UserException(row.where() + ": both answers must have a length or a text, or neither; found only the " + (mine.isPresent() ? "model's." : "baseline's."));
        }
        return preference.map(p -> new Judgement(instruction, model, baseline, p, mine.map(m -> new Judgement.Lengths(m, others.get()))));
    }

    /** Empty where there is no number: AlpacaEval's way to say that the judge failed. */
    private static Optional<Double> preference(Fields row) {
        if (!row.texts().containsKey("probability") && !row.texts().containsKey("preference")) {
            throw row.missing("preference or probability");
        }
        Optional<Double> probability = row.number("probability");
        Optional<Double> preference = row.number("preference");
        if (probability.isPresent() && preference.isPresent()) {
            throw new UserException(row.where() + ": a row has either probability or preference, found both.");
        }
        if (probability.isPresent() && !(probability.get() >= 0 && probability.get() <= 1)) {
            throw new UserException(row.where() + ": probability must be from 0 to 1, found " + probability.get() + ".");
        }
        if (preference.isPresent() && preference.get() != 0 && !(preference.get() >= 1 && preference.get() <= 2)) {
            throw new UserException(row.where() + ": preference must be from 1 (the baseline's answer is better) to 2 (the model's is), or 0 for a tie, found "
                    + preference.get() + ". Probabilities belong into the field probability.");
        }
        return probability.isPresent() ? probability : preference.map(p -> p == 0 ? 0.5 : p - 1);
    }

    /** One row's fields as texts. */
    private record Fields(String where, Map<String, String> texts) {

        Optional<String> first(String... names) {
            for (String name : names) {
                if (texts.containsKey(name) && !texts.get(name).isEmpty()) {
                    return Optional.of(texts.get(name));
                }
            }
            return Optional.empty();
        }

        UserException missing(String name) {
            return new UserException(where + ": the field " + name + " is missing; the row has " + String.join(", ", texts.keySet()) + ".");
        }

        Optional<Double> number(String name) {
            String text = texts.getOrDefault(name, "").strip();
            if (text.isEmpty() || text.equalsIgnoreCase("nan") || text.equals("null")) {
                return Optional.empty();
            }
            try {
                return Optional.of(Double.valueOf(text));
            } catch (NumberFormatException e) {
                throw new UserException(where + ": " + name + " must be a number, found \"" + text + "\".", e);
            }
        }

        Optional<Integer> length(String characters, String output) {
            Optional<Double> number = number(characters);
            if (number.isEmpty()) {
                return Optional.ofNullable(texts.get(output)).map(t -> t.codePointCount(0, t.length()));
            }
            double value = number.get();
            if (!(value >= 0 && value <= Integer.MAX_VALUE && value == Math.rint(value))) {
                throw new UserException(where + ": " + characters + " must be a whole number of 0 or more, found " + texts.get(characters) + ".");
            }
            return Optional.of((int) value);
        }
    }
}
