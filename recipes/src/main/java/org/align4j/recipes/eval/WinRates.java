package org.align4j.recipes.eval;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.ResponseLoader;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.io.Digests;
import org.align4j.recipes.run.Rewards;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.ranker.Ranker;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.SampledAnswer;
import org.align4j.rewardmodels.sampling.ShardStore;
import org.align4j.rewardmodels.winrate.Judgement;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets all models answer, and a judge compare their answers prompt by prompt. By a reward the higher score wins, equal ones are a tie; a ranker says how probably one is
 * better, the mean of both orders. The win rate is the mean over prompts.
 */
final class WinRates implements EvalWork {
    private static final int SHARD = 32;
    /** Whose answers a file holds. */
    static final String FILE = "(baseline file)";

    private final EvalSpec.WinRate spec;
    private final Map<String, Prompt> prompts = new LinkedHashMap<>();
    private final Map<String, Map<String, Answer>> answers = new LinkedHashMap<>();
    private List<Judgement> judged = List.of();

    WinRates(EvalSpec.WinRate spec) {
        this.spec = spec;
        Rewards.require(spec.judge());
    }

    @Override
    public String look(Subject subject) {
        return Sampling.words(prompts(subject).size(), spec.answers());
    }

    private List<Prompt> prompts(Subject subject) {
        return Sampling.prompts(spec, spec.prompts(), spec.answers(), Rewards.needsReference(spec.judge()), spec.answerField(), subject);
    }

    @Override
    public List<Item> measure(Subject subject) {
        List<Prompt> asked = prompts(subject);
        Map<String, Answer> own = new LinkedHashMap<>();
        List<Item> items = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        Sampling.answers(asked, spec.answers(), subject).forEach(p -> {
            String id = Sampling.id(p.prompt(), ids);
            SampledAnswer answer = p.answers().get(0);
            prompts.putIfAbsent(id, p.prompt());
            own.put(id, answer.answer());
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("characters", (double) length(answer.text()));
            values.put("ended", answer.ended() ? 1.0 : 0);
            items.add(new Item(id, Losses.key(p.prompt().text()), values, Map.of("prompt", Sampling.text(p.prompt()), "answer", answer.text())));
        });
        answers.put(subject.name(), own);
        return items;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** The answers of the file, by the prompt they are to. */
    private void readAgainst(Path file) {
        Map<PromptKey, Answer> given = new LinkedHashMap<>();
        for (TextGroup g : ResponseLoader.texts(null, file, new ArrayList<>())) {
            Text said = g.responses().get(0).text();
            if (said instanceof Text.Ids) {
                throw new UserException(g.at() + ": the baseline's answers must be text, found token ids.");
            }
            given.putIfAbsent(PromptKey.of(g.prompt()), Answer.of(said instanceof Text.Plain p ? p.text() : last((Text.Chat) said)));
        }
        Map<String, Answer> own = new LinkedHashMap<>();
        prompts.forEach((id, p) -> {
            Answer answer = given.get(PromptKey.of(p.text()));
            if (answer == null) {
                throw new UserException(file + " has no answer to the prompt \"" + shortened(Sampling.text(p)) + "\". It must answer every prompt of " + spec.prompts().path() + ".");
            }
            own.put(id, answer);
        });
        answers.put(FILE, own);
    }

    private static String last(Text.Chat chat) {
        return chat.messages().get(chat.messages().size() - 1).content();
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() > 60 ? line.substring(0, 60) + "…" : line;
    }

    /** What a judge said of one prompt: scores where it gives some, and how probably each answer is better than each other. */
    private record Verdict(double[] scores, double[][] wins) {}

    @Override
    public Map<String, List<Item>> complete(Map<String, List<Item>> measured, Completion completion) {
        spec.against().ifPresent(this::readAgainst);
        String baseline = spec.against().isPresent() ? FILE : completion.baseline();
        List<String> models = List.copyOf(answers.keySet());
        if (models.size() < 2) {
            throw new UserException("win_rate compares models, and there is only " + models + ". Give another model, or the baseline's answers as a file: against.");
        }
        List<String> ids = prompts.keySet().stream().filter(id -> answers.values().stream().allMatch(a -> a.containsKey(id))).toList();
        Map<String, Verdict> verdicts = judge(models, ids, completion);
        Map<String, List<Item>> out = new LinkedHashMap<>();
        measured.forEach((model, items) -> out.put(model, items.stream().filter(i -> verdicts.containsKey(i.id()))
                .map(i -> judged(i, model, baseline, models, verdicts.get(i.id()))).toList()));
        judged = out.entrySet().stream().filter(e -> !e.getKey().equals(baseline)).flatMap(e -> e.getValue().stream().map(i -> Judgement.of(LengthControlledRate.instruction(i),
                e.getKey(), baseline, i.value("win"), (int) i.value("characters"), (int) i.value("baseline_characters")))).toList();
        return out;
    }

    private Item judged(Item item, String model, String baseline, List<String> models, Verdict v) {
        int own = models.indexOf(model);
        Map<String, Double> more = new LinkedHashMap<>();
        if (v.scores() != null) {
            more.put("score", v.scores()[own]);
        }
        if (!model.equals(baseline)) {
            double win = v.wins()[own][models.indexOf(baseline)];
            more.put("win", win);
            more.put("tie", win == 0.5 ? 1.0 : 0);
            more.put("baseline_characters", (double) length(answers.get(baseline).get(item.id()).text()));
        }
        for (int other = 0; other < models.size(); other++) {
            if (other != own) {
                more.put("beats " + models.get(other), v.wins()[own][other]);
            }
        }
        return item.with(more);
    }

    private Map<String, Verdict> judge(List<String> models, List<String> ids, Completion completion) {
        List<Question> questions = ids.stream().map(id -> new Question(prompts.get(id).text(), models.stream().map(m -> answers.get(m).get(id)).toList(),
                prompts.get(id).reference())).toList();
        Backends.Chosen chosen = Backends.open(Backends.Choice.AUTO, Precision.FP32);
        try (Backend backend = chosen.backend(); Rewards judge = Rewards.open(spec.judge(), new Rewards.Around(backend, null, s -> null, null))) {
            Map<String, Object> inputs = new LinkedHashMap<>();
            inputs.put("judge", judge.ranker() == null ? judge.reward().digest() : judge.ranker().digest());
            inputs.put("questions", Digests.sha256(JsonMapper.shared().writeValueAsString(questions.stream().map(WinRates::identity).toList()).getBytes(StandardCharsets.UTF_8)));
            int shards = (questions.size() + SHARD - 1) / SHARD;
            ShardStore store = ShardStore.open(completion.cache(), "judgements", inputs, Map.of("judge_name", judge.reward().name()), shards, completion.listener());
            store.complete(shard -> verdicts(judge, questions.subList(shard * SHARD, Math.min(questions.size(), (shard + 1) * SHARD))),
                    () -> completion.listener().progress("judging", Math.min(questions.size(), store.finished() * SHARD), questions.size(), 0));
            Map<String, Verdict> out = new LinkedHashMap<>();
            for (int s = 0; s < shards; s++) {
                for (JsonNode row : store.read(s)) {
                    out.put(ids.get(out.size()), verdict(row));
                }
            }
            return out;
        }
    }

    private static List<Object> identity(Question q) {
        List<Object> all = new ArrayList<>();
        all.add(String.valueOf(q.prompt() instanceof Text.Ids ids ? java.util.Arrays.toString(ids.ids()) : q.prompt()));
        all.add(String.valueOf(q.reference()));
        q.answers().forEach(a -> all.add(List.of(a.text(), a.ended())));
        return all;
    }

    private static List<Verdict> verdicts(Rewards judge, List<Question> questions) {
        if (judge.ranker() != null) {
            return questions.stream().map(q -> new Verdict(null, compared(judge.ranker(), q))).toList();
        }
        return judge.reward().score(questions).stream().map(scores -> new Verdict(scores, byScore(scores))).toList();
    }

    /** The same words cannot be better than themselves, whatever a judge's rounding says. */
    private static double[][] compared(Ranker ranker, Question q) {
        double[][] psi = ranker.preferences(q);
        for (int i = 0; i < psi.length; i++) {
            for (int j = 0; j < psi.length; j++) {
                psi[i][j] = q.answers().get(i).text().equals(q.answers().get(j).text()) ? 0.5 : psi[i][j];
            }
        }
        return psi;
    }

    private static double[][] byScore(double[] scores) {
        double[][] wins = new double[scores.length][scores.length];
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                wins[i][j] = scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }
        return wins;
    }

    private static Verdict verdict(JsonNode row) {
        JsonNode scores = row.get("scores");
        return new Verdict(scores == null || scores.isNull() ? null : scores.valueStream().mapToDouble(JsonNode::asDouble).toArray(),
                row.required("wins").valueStream().map(w -> w.valueStream().mapToDouble(JsonNode::asDouble).toArray()).toArray(double[][]::new));
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        return estimators(spec.lengths(), judged, bootstrap);
    }

    static List<Estimator> estimators(EvalSpec.Lengths lengths, List<Judgement> judged, Bootstrap bootstrap) {
        List<Estimator> all = new ArrayList<>(List.of(Ratio.share("win_rate", "win", true)));
        if (lengths.lengthControl()) {
            all.add(new LengthControlledRate(lengths, judged, bootstrap));
        }
        all.add(Ratio.share("ties", "tie", false).neutral());
        all.add(Ratio.mean("score", "score", true));
        all.add(Ratio.mean("characters", "characters", false).neutral());
        return all;
    }

    @Override
    public Optional<Ranking> ranking(Map<String, List<Item>> completed, Bootstrap bootstrap) {
        List<Judgement> all = new ArrayList<>();
        List<String> models = List.copyOf(answers.keySet());
        completed.forEach((model, items) -> models.stream().filter(other -> models.indexOf(other) > models.indexOf(model)).forEach(other ->
                items.forEach(i -> all.add(new Judgement(i.group(), model, other, i.value("beats " + other), Optional.empty())))));
        return Rankings.of(all, bootstrap);
    }
}
