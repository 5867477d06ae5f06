package org.align4j.recipes.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.run.ModelSession;

/** A fresh process that loads a model as a recipe does, makes one small SFT update and prints when each phase was over. */
final class StartupWorker {
    private StartupWorker() {}

    /** @param args model directory, dtype (fp32 or bf16), when the process was started (milliseconds since 1970), rows, tokens of a row */
    public static void main(String[] args) {
        long started = Long.parseLong(args[2]);
        List<Long> times = new ArrayList<>(List.of(started, System.currentTimeMillis()));
        int length = Integer.parseInt(args[4]);
        BenchData data = new BenchData(BenchData.Work.SFT, Integer.parseInt(args[3]), 1, length, length / 2);
        update(Path.of(args[0]), Precision.valueOf(args[1].toUpperCase(Locale.ROOT)), data, () -> times.add(System.currentTimeMillis()));
        String[] names = {"jvm", "libraries", "weights", "update"};
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < names.length; i++) {
            line.append(String.format(Locale.ROOT, "%s_s=%.3f ", names[i], (times.get(i + 1) - times.get(i)) * 1e-3));
        }
        System.out.println(line.append(String.format(Locale.ROOT, "total_s=%.3f", (times.get(names.length) - started) * 1e-3)));
    }

    /** Loads a model and makes one SFT update; {@code done} hears of the ends of three phases: libraries, weights, update. */
    static void update(Path directory, Precision precision, BenchData data, Runnable done) {
        ModelSpec spec = new ModelSpec(Optional.of(directory), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), precision, Backends.Choice.AUTO);
        try (ModelSession session = ModelSession.open(spec)) {
            // The first tensor loads the libraries.
            session.backend().alloc(1, 1).close();
            done.run();
            session.load(spec, 0);
            done.run();
            Parameters values = session.model().values();
            try (Parameters gradients = new Parameters(session.backend(), values.layout(), DType.F32);
                    Transformer model = new Transformer(session.config(), values, gradients);
                    Trainer trainer = new Trainer(model, data.work().loss(), null, data.draw(session.config().vocabSize(), 1), BenchRun.settings(1, data.groups(), MomentType.FLOAT32),
                            new TrainListener() {})) {
                trainer.run();
                done.run();
            }
        }
    }
}
