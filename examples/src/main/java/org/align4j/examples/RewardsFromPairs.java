package org.align4j.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.TaskKind;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.losses.reward.BradleyTerryLoss;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.FrozenFeatures;
import org.align4j.rewardmodels.model.RewardGroup;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.model.RewardObjective;
import org.align4j.rewardmodels.model.RewardSettings;
import org.align4j.rewardmodels.model.RewardTrainer;

/**
 * Trains reward models on a file of pairs and says how often they are right on pairs whose prompts they have not seen: five folds, so that every pair is held
 * out once; all weights, the head alone, and, to compare with, the length of the responses alone.
 */
public final class RewardsFromPairs {
    private static final int FOLDS = 5;

    private RewardsFromPairs() {}

    /** Pairs told apart out of so many; a tie counts half. */
    record Score(double right, int pairs) {
        Score plus(Score other) {
            return new Score(right + other.right, pairs + other.pairs);
        }

        double share() {
            return right / pairs;
        }

        /** Wilson's interval at 95 %. */
        double[] interval() {
            double z = 1.959964;
            double n = pairs;
            double middle = (share() + z * z / (2 * n)) / (1 + z * z / n);
            double half = z / (1 + z * z / n) * Math.sqrt(share() * (1 - share()) / n + z * z / (4 * n * n));
            return new double[] {middle - half, middle + half};
        }
    }

    /**
     * How a model is trained.
     *
     * @param epochs over the pairs of four folds
     */
    record Way(String name, boolean frozen, double rate, int epochs) {}

    static final List<Way> WAYS = List.of(new Way("all weights", false, 1e-3, 2), new Way("head alone", true, 1e-2, 20));

    /** The pairs of a file, longer prompts cut at their beginning. */
    static List<Group> load(Path data, Path model, int maxLength) {
        try (HfTokenizer tokenizer = HfTokenizer.load(model)) {
            DataSettings settings = DataSettings.of(TaskKind.PAIR).withMaxLength(maxLength, DataSettings.OnOverflow.TRUNCATE_PROMPT);
            Dataset d = new DataLoader(settings).load(data, new ModelTextEncoder(tokenizer, ChatTemplate.ofModel(tokenizer, Clock.systemUTC())));
            System.out.print(d.report().toText());
            return d.groups();
        }
    }

    /** A fold for every pair; pairs of one prompt are in one fold. */
    static int[] folds(List<Group> pairs, long seed) {
        Map<PromptKey, Integer> prompts = new HashMap<>();
        pairs.forEach(g -> prompts.putIfAbsent(PromptKey.of(g), prompts.size()));
        int[] order = Streams.permutation(prompts.size(), Streams.of(seed, "folds", 0));
        return pairs.stream().mapToInt(g -> order[prompts.get(PromptKey.of(g))] % FOLDS).toArray();
    }

    private static List<Group> part(List<Group> pairs, int[] folds, int fold, boolean inside) {
        List<Group> some = new ArrayList<>();
        for (int i = 0; i < folds.length; i++) {
            if ((folds[i] == fold) == inside) {
                some.add(pairs.get(i));
            }
        }
        return some;
    }

    private static double sign(Group g) {
        return Math.signum(g.responses().get(0).ids().length - g.responses().get(1).ids().length);
    }

    /** Prefers the longer response, or the shorter one, whichever is right more often on the pairs to learn from. */
    static Score length(List<Group> train, List<Group> test) {
        double direction = Math.signum(train.stream().mapToDouble(RewardsFromPairs::sign).sum());
        return new Score(test.stream().mapToDouble(g -> (1 + direction * sign(g)) / 2).sum(), test.size());
    }

    /** Trains a reward model and counts on pairs it has not seen; saves it where asked to. */
    static Score train(Backend backend, Path directory, List<Group> train, List<Group> test, Way way, long seed, Path save) {
        ModelConfig config = ModelConfig.read(directory);
        try (Parameters values = ModelFiles.load(backend, config, directory); Parameters gradients = way.frozen() ? null : new Parameters(backend, values.layout(), DType.F32);
                RewardModel model = RewardModel.fresh(new Transformer(config, values, gradients), null, HeadSettings.linear(config.hiddenSize(), 1), List.of("reward"),
                        Streams.of(seed, "head", 0))) {
            long updates = TrainSettings.steps(train.size(), 32, (double) way.epochs(), null);
            LrSchedule schedule = new LrSchedule(LrSchedule.Shape.LINEAR, way.rate(), updates / 10, updates, 0);
            RewardSettings settings = RewardSettings.of(new TrainSettings(updates, 32, 8192, schedule, AdamW.Settings.DEFAULT, 0, 0, 1, 50, seed, 0));
            TrainListener quiet = new TrainListener() { };
            Map<String, Double> found;
            try (RewardTrainer trainer = new RewardTrainer(model, RewardObjective.pairs(new BradleyTerryLoss(0.01)), RewardGroup.of(train), settings, quiet)) {
                if (way.frozen()) {
                    Path cache = Path.of(System.getProperty("java.io.tmpdir"), "align4j-features");
                    try (FrozenFeatures features = FrozenFeatures.of(model.trunk(), train, 8192, cache, n -> { })) {
                        trainer.features(features, null).run();
                    }
                } else {
                    trainer.run();
                }
                found = trainer.evaluate(RewardGroup.of(test));
            }
            if (save != null) {
                model.save(save, org.align4j.core.io.DType.F32, directory);
            }
            return new Score(found.get("accuracy") * test.size(), test.size());
        }
    }

    private static String row(String name, Score s, String folds) {
        double[] i = s.interval();
        return String.format(Locale.ROOT, "| %s | %.1f %% | %.1f to %.1f %% | %s |", name, 100 * s.share(), 100 * i[0], 100 * i[1], folds);
    }

    private interface Fold {
        Score run(List<Group> train, List<Group> test, int fold);
    }

    private static String row(String name, List<Group> pairs, int[] folds, Fold work) {
        Score all = new Score(0, 0);
        List<String> each = new ArrayList<>();
        for (int f = 0; f < FOLDS; f++) {
            Score s = work.run(part(pairs, folds, f, false), part(pairs, folds, f, true), f);
            all = all.plus(s);
            each.add(String.format(Locale.ROOT, "%.1f", 100 * s.share()));
        }
        return row(name, all, String.join(", ", each));
    }

    /** Arguments: a file of pairs, a directory to save one model of each kind in, model directories. */
    public static void main(String[] args) throws java.io.IOException {
        if (args.length < 3) {
            throw new IllegalArgumentException("Three arguments or more are needed: a file of pairs, a directory to save in, directories of models; found " + args.length);
        }
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend()) {
            for (int m = 2; m < args.length; m++) {
                Path model = Path.of(args[m]);
                List<Group> pairs = load(Path.of(args[0]), model, ModelConfig.read(model).maxPositions());
                int[] folds = folds(pairs, 17);
                System.out.printf("%n%s, %d pairs%n%n| Reward | Right | 95 %% interval | Folds |%n| --- | --- | --- | --- |%n", model.getFileName(), pairs.size());
                System.out.println(row("length alone", pairs, folds, (train, test, f) -> length(train, test)));
                for (Way way : WAYS) {
                    Path save = Files.createDirectories(Path.of(args[1])).resolve(model.getFileName() + "-" + way.name().replace(' ', '-'));
                    System.out.println(row(way.name(), pairs, folds, (train, test, f) -> train(backend, model, train, test, way, 100 + f, f == 0 ? save : null)));
                }
            }
        }
    }
}
