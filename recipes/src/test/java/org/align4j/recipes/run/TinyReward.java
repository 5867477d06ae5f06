package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.io.DType;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.RewardModel;

/** The directory of a reward model of some kilobytes that knows {@link TinyModel#WORDS}. */
final class TinyReward {
    private TinyReward() {}

    static Path write(Path directory) throws IOException {
        Path base = TinyModel.writeWithTokenizer(directory.resolveSibling(directory.getFileName() + "-base"));
        ModelConfig config = ModelConfig.read(base);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
                Parameters p = ModelFiles.load(b, config, base, org.align4j.core.backend.DType.F32);
                RewardModel model = RewardModel.fresh(new Transformer(config, p, null), null, HeadSettings.linear(config.hiddenSize(), 1), List.of("reward"), new SplittableRandom(3))) {
            model.save(directory, DType.F32, base);
        }
        return directory;
    }
}
