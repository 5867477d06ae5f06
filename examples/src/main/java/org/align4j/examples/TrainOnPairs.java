package org.align4j.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.pair.DpoLoss;

/**
 * Trains with DPO from Java, without a recipe: a tiny fresh model learns to prefer counting up over counting down.
 * Token ids stand for themselves, so there is no tokenizer.
 */
public final class TrainOnPairs {
    private static final int VOCABULARY = 32;

    private TrainOnPairs() {}

    /** How often the chosen response gained more than the rejected one over the reference, before training any further and after. */
    record Outcome(double lossBefore, double lossAfter, double accuracyAfter) {}

    static Outcome train(int updates) {
        List<Group> pairs = pairs(256);
        ModelConfig config = ModelConfig.freshLlama(VOCABULARY, 32, 64, 2, 4, 2, 32, true);
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
                Parameters weights = new Parameters(backend, new ParameterLayout(config), DType.F32);
                Parameters gradients = new Parameters(backend, weights.layout(), DType.F32)) {
            FreshWeights.draw(config, weights, new SplittableRandom(1));
            Transformer model = new Transformer(config, weights, gradients);
            DpoLoss loss = new DpoLoss(0.1);
            LrSchedule schedule = new LrSchedule(LrSchedule.Shape.COSINE, 1e-3, 5, updates, 0.1);
            TrainSettings settings = new TrainSettings(updates, 32, 1024, schedule, AdamW.Settings.DEFAULT, 0, 0, 1, 1, 1, 0);
            List<Double> losses = new ArrayList<>();
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long total, double value, java.util.Map<String, Double> metrics, long tokens, double seconds) {
                    losses.add(value);
                }
            };
            try (Reference reference = Reference.frozen(new Transformer(config, weights.copy(DType.F32), null));
                    Trainer trainer = new Trainer(model, loss, reference, pairs, settings, listener)) {
                trainer.run();
                return new Outcome(losses.get(0), losses.get(losses.size() - 1), accuracy(model, reference, pairs));
            }
        }
    }

    private static double accuracy(Transformer model, Reference reference, List<Group> pairs) {
        PackedBatch batch = PackedBatch.of(pairs.subList(0, 32));
        double[] now = model.logProbs(batch);
        int[] indices = java.util.stream.IntStream.range(0, 32).toArray();
        double[] before = reference.logProbs(indices, batch);
        int right = 0;
        for (int g = 0; g < 32; g++) {
            double chosen = sum(batch.slice(now, g, 0)) - sum(batch.slice(before, g, 0));
            double rejected = sum(batch.slice(now, g, 1)) - sum(batch.slice(before, g, 1));
            right += chosen > rejected ? 1 : 0;
        }
        return right / 32.0;
    }

    private static double sum(double[] values) {
        double s = 0;
        for (double v : values) {
            s += v;
        }
        return s;
    }

    /** The prompt is a number; preferred is to count on from it. */
    private static List<Group> pairs(int count) {
        SplittableRandom random = new SplittableRandom(7);
        List<Group> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int start = 8 + random.nextInt(16);
            pairs.add(new Group(new Location("made here", i + 1), new int[] {1, start}, List.of(counting(start, 1), counting(start, -1))));
        }
        return pairs;
    }

    private static Group.Response counting(int start, int step) {
        int[] ids = new int[5];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = start + (i + 1) * step;
        }
        return new Group.Response(ids, Double.NaN, null, false);
    }

    public static void main(String[] args) {
        Outcome o = train(60);
        System.out.printf("loss %.4f → %.4f, pairs told apart %.0f%%%n", o.lossBefore(), o.lossAfter(), 100 * o.accuracyAfter());
    }
}
