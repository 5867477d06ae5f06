package org.align4j.rewardmodels.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;
import org.align4j.core.model.ModelFiles;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Weight extrapolation (ExPO): past a model on the way that led to it from another,
 *
 * <pre>  φ = φ_weak + α·(φ_strong − φ_weak)</pre>
 *
 * <p>for all weights, head included. α = 0 is the first model, 1 the second, above 1 what lies beyond. Zheng et al.,
 * <a href="https://arxiv.org/abs/2404.16792">Weak-to-Strong Extrapolation Expedites Alignment</a> (2024); for reward models, from regression to scaled
 * Bradley–Terry, Wang et al., <a href="https://arxiv.org/abs/2410.01257">HelpSteer2-Preference</a> (2024), who found α between 1.1 and 2 to help, 1.52 most.
 */
public final class Extrapolation {
    private Extrapolation() {}

    /**
     * Writes the extrapolated model with the configuration, the types of weights and the tokenizer of the strong one. Rewards are no longer normalised: mean 0 and standard
     * deviation 1 are noted.
     *
     * @param weak   directory of a model
     * @param strong directory of a model that was trained from it
     * @param alpha  α, finite
     * @throws UserException when the two do not have the same tensors; names the first that differs
     */
    public static void write(Path weak, Path strong, double alpha, Path target) {
        if (!Double.isFinite(alpha)) {
            throw new IllegalArgumentException("α must be a finite number, found " + alpha);
        }
        try (ModelWeights from = ModelWeights.open(weak); ModelWeights to = ModelWeights.open(strong)) {
            List<TensorEntry> tensors = entries(from, to, alpha, null);
            AtomicFiles.replaceDirectory(target, dir -> {
                ModelWriter.write(dir, tensors, ModelFiles.SHARD);
                head(weak, strong, alpha, dir);
                ObjectNode json = RewardDirectory.json(strong);
                if (json.get(RewardDirectory.KEY) instanceof ObjectNode reward) {
                    reward.put("mean", 0.0);
                    reward.put("std", 1.0);
                }
                Files.writeString(dir.resolve("config.json"), JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
                ModelFiles.copyCompanions(strong, dir);
            });
        }
    }

    private static void head(Path weak, Path strong, double alpha, Path dir) {
        Path a = weak.resolve(RewardDirectory.HEAD);
        Path b = strong.resolve(RewardDirectory.HEAD);
        if (Files.exists(a) != Files.exists(b)) {
            throw new UserException((Files.exists(a) ? weak : strong) + " has a " + RewardDirectory.HEAD + ", the other model has none; both must have heads of the same kind");
        }
        if (Files.exists(a)) {
            try (SafeTensorsFile from = SafeTensorsFile.open(a); SafeTensorsFile to = SafeTensorsFile.open(b)) {
                SafeTensorsWriter.write(dir.resolve(RewardDirectory.HEAD), entries(from, to, alpha, DType.F32));
            }
        }
    }

    /** @param dtype type to write; null for that of the strong model's tensors */
    private static List<TensorEntry> entries(TensorSource weak, TensorSource strong, double alpha, DType dtype) {
        List<TensorEntry> list = new ArrayList<>();
        for (TensorInfo t : strong.tensors().values()) {
            TensorInfo other = weak.tensors().get(t.name());
            if (other == null || !Arrays.equals(other.shape(), t.shape())) {
                throw new UserException(weak.path() + " and " + strong.path() + " must be models of one architecture, one trained from the other; the tensor \"" + t.name()
                        + "\" is " + (other == null ? "missing in the first" : Arrays.toString(other.shape()) + " in the first and " + Arrays.toString(t.shape())
                        + " in the second") + ".");
            }
            list.add(new TensorEntry(t.name(), dtype == null ? t.dtype() : dtype, t.shape(), (offset, dst, count) -> {
                float[] from = new float[count];
                weak.read(t.name(), offset, from, 0, count);
                strong.read(t.name(), offset, dst, 0, count);
                for (int i = 0; i < count; i++) {
                    dst[i] = (float) (from[i] + alpha * ((double) dst[i] - from[i]));
                }
            }));
        }
        for (String name : weak.tensors().keySet()) {
            if (!strong.tensors().containsKey(name)) {
                throw new UserException(weak.path() + " and " + strong.path() + " must be models of one architecture; the tensor \"" + name + "\" is missing in the second.");
            }
        }
        return list;
    }
}
