package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Group;
import org.align4j.core.data.Row;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.HumanRank;
import tools.jackson.databind.JsonNode;

/**
 * The choice a model finds likeliest: by log p(choice | question), summed over tokens or their mean, and by log p(choice | question) − log p(choice | "Answer:"), which takes
 * out how likely a choice is anywhere (<a href="https://arxiv.org/abs/2104.08315">Holtzman et al., 2021</a>). The softmax of the sums is the model's probability of each choice,
 * whose calibration is measured. A tie for the highest counts in part.
 */
record MultipleChoices(EvalSpec.MultipleChoice spec) implements EvalWork {
    private static final String ANSWER = "Answer:";

    /** Questions as a model's tokens, their choices after "Answer:" alone, and which is right. */
    private record Asked(List<Group> given, List<Group> alone, List<Integer> right, List<String> questions) {}

    @Override
    public String look(Subject subject) {
        return String.format(java.util.Locale.ROOT, "%,d questions", asked(subject).right().size());
    }

    private Asked asked(Subject subject) {
        List<Group> asked = new ArrayList<>();
        List<Group> alone = new ArrayList<>();
        List<Integer> right = new ArrayList<>();
        List<String> questions = new ArrayList<>();
        boolean chat = spec.data().rendering() == DataSettings.Rendering.CHAT;
        Continuations.rows(spec.data(), row -> {
            List<String> choices = choices(row);
            String question = row.fields().path("question").asString("");
            Group group = Continuations.group(row.at(), chat ? question : HumanRank.prompt(question), choices, spec.data(), subject);
            if (group != null) {
                asked.add(group);
                alone.add(Continuations.group(row.at(), ANSWER, choices, spec.data(), subject));
                right.add(right(row, choices));
                questions.add(Losses.key(new Text.Plain(question)));
            }
        });
        if (asked.isEmpty()) {
            throw new UserException("There is no question in " + spec.data().path() + ". Give rows of question, choices and answer.");
        }
        return new Asked(asked, alone, right, questions);
    }

    @Override
    public List<Item> measure(Subject subject) {
        Asked a = asked(subject);
        List<Group> asked = a.given();
        List<Integer> right = a.right();
        double[][] given = Likelihoods.sums(subject, asked);
        double[][] anywhere = Likelihoods.sums(subject, a.alone());
        List<Item> items = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        for (int q = 0; q < given.length; q++) {
            double[] sums = given[q];
            double[] means = sums.clone();
            double[] raised = sums.clone();
            for (int c = 0; c < sums.length; c++) {
                means[c] /= asked.get(q).responses().get(c).ids().length;
                raised[c] -= anywhere[q][c];
            }
            double[] p = softmax(sums);
            double best = Arrays.stream(p).max().orElseThrow();
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("right", top(sums, right.get(q)));
            values.put("right_per_token", top(means, right.get(q)));
            values.put("right_pmi", top(raised, right.get(q)));
            values.put("probability", p[right.get(q)]);
            values.put("confidence", best);
            values.put("brier", brier(p, right.get(q)));
            values.put("chance", 1.0 / p.length);
            items.add(new Item(ids.of(asked.get(q).at()), a.questions().get(q), values, Map.of()));
        }
        return items;
    }

    private static List<String> choices(Row row) {
        List<String> choices = new ArrayList<>();
        row.fields().path("choices").forEach(c -> choices.add(c.isString() ? c.asString() : ""));
        if (!row.fields().path("question").isString() || choices.size() < 2 || choices.stream().anyMatch(String::isBlank)) {
            throw new UserException(row.where() + ": a question (text) and choices (two texts at least) are needed; the row has " + String.join(", ", row.fields().propertyNames()) + ".");
        }
        return choices;
    }

    private static int right(Row row, List<String> choices) {
        JsonNode answer = row.fields().path("answer");
        int index = answer.isInt() ? answer.asInt() : choices.indexOf(answer.asString("").strip());
        if (index < 0 && answer.isString() && answer.asString().strip().matches("[A-Z]")) {
            index = answer.asString().strip().charAt(0) - 'A';
        }
        if (index < 0 || index >= choices.size()) {
            throw new UserException(row.where() + ": answer must be the index (from 0), letter or text of one of the " + choices.size() + " choices, found " + answer + ".");
        }
        return index;
    }

    private static double top(double[] scores, int right) {
        double best = Arrays.stream(scores).max().orElseThrow();
        return scores[right] == best ? 1.0 / Arrays.stream(scores).filter(s -> s == best).count() : 0;
    }

    private static double[] softmax(double[] logs) {
        double best = Arrays.stream(logs).max().orElseThrow();
        double sum = Arrays.stream(logs).map(v -> Math.exp(v - best)).sum();
        return Arrays.stream(logs).map(v -> Math.exp(v - best) / sum).toArray();
    }

    private static double brier(double[] p, int right) {
        double sum = 0;
        for (int c = 0; c < p.length; c++) {
            sum += Math.pow(p[c] - (c == right ? 1 : 0), 2);
        }
        return sum;
    }

    @Override
    public Optional<String> right() {
        return Optional.of("right");
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        return List.of(Ratio.share("accuracy", "right", true), Ratio.share("accuracy_per_token", "right_per_token", true), Ratio.share("accuracy_pmi", "right_pmi", true),
                new Known("chance", "chance"), Ratio.mean("brier", "brier", false),
                new CalibrationError("ece", List.of("confidence", "right"), MultipleChoices::ece, bootstrap));
    }

    private static double ece(List<Item> items) {
        return Calibration.ece(numbers(items, "confidence"), numbers(items, "right"), 0);
    }

    private static double[] numbers(List<Item> items, String name) {
        return items.stream().mapToDouble(i -> i.value(name)).toArray();
    }
}
