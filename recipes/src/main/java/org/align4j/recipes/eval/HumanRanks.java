package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.Group;
import org.align4j.core.data.Row;
import org.align4j.core.data.TaskKind;
import org.align4j.core.text.Continued;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.HumanRank;
import tools.jackson.databind.JsonNode;

/**
 * Of each question the correlation of votes with log-likelihood ÷ characters over its answers; the mean over a topic's questions, then over topics ({@link HumanRank}).
 * Questions whose votes are all the same are left out.
 */
final class HumanRanks implements EvalWork {
    private final EvalSpec.HumanRank spec;
    private final Set<String> topics = new LinkedHashSet<>();

    HumanRanks(EvalSpec.HumanRank spec) {
        this.spec = spec;
    }

    /** A question as a model's tokens. */
    private record Asked(String topic, Group group, int[] characters, double[] votes) {}

    @Override
    public String look(Subject subject) {
        return String.format(java.util.Locale.ROOT, "%,d questions", asked(subject).size());
    }

    private List<Asked> asked(Subject subject) {
        return own(spec.data().path().get(0)) ? questions(subject) : lists(subject);
    }

    @Override
    public List<Item> measure(Subject subject) {
        List<Asked> asked = asked(subject);
        if (asked.isEmpty()) {
            throw new UserException("There is no question in " + spec.data().path() + " whose answers have different votes. Give rows of topic, question and answers with text and votes.");
        }
        double[][] sums = Likelihoods.sums(subject, asked.stream().map(Asked::group).toList());
        List<Item> items = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        for (int q = 0; q < asked.size(); q++) {
            Asked a = asked.get(q);
            double[] own = sums[q];
            HumanRank.Question question = new HumanRank.Question(a.topic(), IntStream.range(0, own.length)
                    .mapToObj(i -> new HumanRank.Answer(own[i], a.characters()[i], a.votes()[i])).toList());
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("correlation", question.correlation());
            values.put("answers", (double) own.length);
            for (int i = 0; i < own.length; i++) {
                values.put("logp_" + i, own[i]);
                values.put("characters_" + i, (double) a.characters()[i]);
                values.put("votes_" + i, a.votes()[i]);
            }
            topics.add(a.topic());
            String id = ids.of(a.group().at());
            items.add(new Item(id, id, values, Map.of(HumanRankScore.TOPIC, a.topic())));
        }
        return items;
    }

    /** Whether the first row is a question with answers that have votes. */
    private static boolean own(Path file) {
        try (DataReader reader = new DataReader(file)) {
            Row first = reader.next();
            return first != null && first.fields().has("question") && first.fields().path("answers").isArray();
        }
    }

    private List<Asked> questions(Subject subject) {
        List<Asked> all = new ArrayList<>();
        Continuations.rows(spec.data(), row -> {
            List<String> texts = new ArrayList<>();
            List<Double> votes = new ArrayList<>();
            for (JsonNode answer : row.fields().path("answers")) {
                if (!answer.path("text").isString() || !answer.path("votes").isNumber() || answer.get("text").asString().isBlank()) {
                    throw new UserException(row.where() + ": each answer must be an object with text and votes (a number), found " + answer + ".");
                }
                texts.add(answer.get("text").asString());
                votes.add(answer.get("votes").asDouble());
            }
            if (!row.fields().path("question").isString() || texts.size() < 2) {
                throw new UserException(row.where() + ": a question (text) and two answers at least are needed, found " + texts.size() + " answers.");
            }
            String question = row.fields().get("question").asString();
            boolean chat = spec.data().rendering() == org.align4j.core.data.DataSettings.Rendering.CHAT;
            Group group = Continuations.group(row.at(), chat ? question : HumanRank.prompt(question), texts, spec.data(), subject);
            double[] v = votes.stream().mapToDouble(d -> d).toArray();
            if (group != null && differ(v)) {
                all.add(new Asked(row.fields().path("topic").asString(""), group, texts.stream().mapToInt(t -> t.codePointCount(0, t.length())).toArray(), v));
            }
        });
        return all;
    }

    /** Lists and trees: scores are the votes. */
    private List<Asked> lists(Subject subject) {
        List<Asked> all = new ArrayList<>();
        for (Group g : Losses.groups(Losses.read(spec.data(), TaskKind.LIST, subject))) {
            double[] votes = g.responses().stream().mapToDouble(Group.Response::score).toArray();
            List<Group.Response> bare = g.responses().stream().map(r -> r.ended() && r.ids().length > 1 ? r.part(0, r.ids().length - 1) : r).toList();
            int[] characters = bare.stream().mapToInt(r -> {
                String text = new Continued(subject.encoder(), g.prompt(), List.of()).whole(r.ids());
                return Math.max(1, text.codePointCount(0, text.length()));
            }).toArray();
            if (differ(votes)) {
                all.add(new Asked("", new Group(g.at(), g.prompt(), bare), characters, votes));
            }
        }
        return all;
    }

    private static boolean differ(double[] votes) {
        return java.util.Arrays.stream(votes).distinct().count() > 1;
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        List<Estimator> all = new ArrayList<>(List.of(new HumanRankScore("human_rank", null, bootstrap)));
        if (topics.size() > 1) {
            topics.forEach(t -> all.add(new HumanRankScore("human_rank: " + t, t, bootstrap)));
        }
        return all;
    }
}
