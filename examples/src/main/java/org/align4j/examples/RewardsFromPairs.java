package org.align4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
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
    private static final int MICRO_BATCH = 8192;

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

    static final List<Way> WAYS = List.of(new Way("head alone", true, 1e-2, 20), new Way("all weights", false, 1e-3, 1));

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

    private static int[] part(int[] folds, int fold, boolean inside) {
        return IntStream.range(0, folds.length).filter(i -> (folds[i] == fold) == inside).toArray();
    }

    private static List<Group> some(List<Group> pairs, int[] which) {
        return Arrays.stream(which).mapToObj(pairs::get).toList();
    }

    private static double sign(Group g) {
        return Math.signum(g.responses().get(0).ids().length - g.responses().get(1).ids().length);
    }

    /** Prefers the longer response, or the shorter one, whichever is right more often on the pairs to learn from. */
    static Score length(List<Group> train, List<Group> test) {
        double direction = Math.signum(train.stream().mapToDouble(RewardsFromPairs::sign).sum());
        return new Score(test.stream().mapToDouble(g -> (1 + direction * sign(g)) / 2).sum(), test.size());
    }

    /** A model, the pairs it learns from, and the hidden states it gives them before any training. */
    private record Work(Backend backend, Path directory, ModelConfig config, List<Group> pairs, FrozenFeatures features) {

        /** Trains a reward model on some pairs and counts on the others; saves it where asked to. */
        Score train(int[] train, int[] test, Way way, long seed, Path save) {
            List<RewardGroup> held = RewardGroup.of(some(pairs, test));
            try (Parameters values = ModelFiles.load(backend, config, directory); Parameters gradients = way.frozen() ? null : new Parameters(backend, values.layout(), DType.F32);
                    RewardModel model = RewardModel.fresh(new Transformer(config, values, gradients), null, HeadSettings.linear(config.hiddenSize(), 1), List.of("reward"),
                            Streams.of(seed, "head", 0))) {
                long updates = TrainSettings.steps(train.length, 32, (double) way.epochs(), null);
                LrSchedule schedule = new LrSchedule(LrSchedule.Shape.LINEAR, way.rate(), updates / 10, updates, 0);
                RewardSettings settings = RewardSettings.of(new TrainSettings(updates, 32, MICRO_BATCH, schedule, AdamW.Settings.DEFAULT, 0, 0, 1, 50, seed, 0));
                RewardObjective loss = RewardObjective.pairs(new BradleyTerryLoss(0.01));
                try (RewardTrainer trainer = new RewardTrainer(model, loss, RewardGroup.of(some(pairs, train)), settings, new TrainListener() { })) {
                    if (way.frozen()) {
                        trainer.features(features.only(train), null);
                    }
                    trainer.run();
                    if (save != null) {
                        model.save(save, org.align4j.core.io.DType.F32, directory);
                    }
                    double accuracy = trainer.evaluate(held, way.frozen() ? features.only(test) : null).get("accuracy");
                    return new Score(accuracy * test.length, test.length);
                }
            }
        }
    }

    private interface Fold {
        Score run(int[] train, int[] test, int fold);
    }

    private static void row(String name, int[] folds, Fold work) {
        System.out.print("| " + name + " |");
        Score all = new Score(0, 0);
        for (int f = 0; f < FOLDS; f++) {
            Score s = work.run(part(folds, f, false), part(folds, f, true), f);
            all = all.plus(s);
            System.out.printf(Locale.ROOT, " %.1f |", 100 * s.share());
            System.out.flush();
        }
        double[] i = all.interval();
        System.out.printf(Locale.ROOT, " %.1f %% | %.1f to %.1f %% |%n", 100 * all.share(), 100 * i[0], 100 * i[1]);
    }

    /** Arguments: a file of pairs, a directory to save one model of each kind and hidden states in, directories of models. */
    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            throw new IllegalArgumentException("Three arguments or more are needed: a file of pairs, a directory to save in, directories of models; found " + args.length);
        }
        Path out = Files.createDirectories(Path.of(args[1]));
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend()) {
            for (int m = 2; m < args.length; m++) {
                Path model = Path.of(args[m]);
                ModelConfig config = ModelConfig.read(model);
                List<Group> pairs = load(Path.of(args[0]), model, config.maxPositions());
                int[] folds = folds(pairs, 17);
                System.out.printf("%n%s, %d pairs%n%n| Reward | fold 1 | 2 | 3 | 4 | 5 | all | 95 %% interval |%n|---|---|---|---|---|---|---|---|%n", model.getFileName(), pairs.size());
                row("length alone", folds, (train, test, f) -> length(some(pairs, train), some(pairs, test)));
                try (Parameters values = ModelFiles.load(backend, config, model);
                        FrozenFeatures features = FrozenFeatures.of(new Transformer(config, values, null), pairs, MICRO_BATCH, out, n -> { })) {
                    Work work = new Work(backend, model, config, pairs, features);
                    for (Way way : WAYS) {
                        Path save = out.resolve(model.getFileName() + "-" + way.name().replace(' ', '-'));
                        row(way.name(), folds, (train, test, f) -> work.train(train, test, way, 100 + f, f == 0 ? save : null));
                    }
                }
            }
        }
    }
}
