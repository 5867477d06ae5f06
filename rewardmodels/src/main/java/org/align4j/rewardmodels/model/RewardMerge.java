package org.align4j.rewardmodels.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.merge.ModelMerge;
import org.align4j.core.merge.ModelRef;

/**
 * Merges the heads of reward models by the same rule as the weights they stand on, as Wang et al., <a href="https://arxiv.org/abs/2410.01257">HelpSteer2-Preference</a>
 * (2024), extrapolate from regression to scaled Bradley–Terry. Mean and standard deviation of rewards are those of no source: 0 and 1 are noted. For language
 * models it does nothing.
 */
public final class RewardMerge {
    /** To be given to {@link ModelMerge#write}. */
    public static final ModelMerge.Companion COMPANION = RewardMerge::open;

    private RewardMerge() {}

    private static ModelMerge.Companion.Writer open(ModelMerge merge) {
        List<Path> sources = merge.plan().sources().stream().map(ModelRef::directory).toList();
        List<Path> heads = sources.stream().map(dir -> dir.resolve(RewardDirectory.HEAD)).toList();
        boolean head = Files.exists(heads.get(0));
        for (int i = 1; i < heads.size(); i++) {
            if (Files.exists(heads.get(i)) != head) {
                throw new UserException("The models " + sources.get(0) + " and " + sources.get(i) + " cannot be merged: the " + (head ? "first" : "second") + " has a "
                        + RewardDirectory.HEAD + ", the other has none. Merge reward models with heads of one kind.");
            }
        }
        return (directory, config) -> {
            if (head) {
                write(merge, heads, directory.resolve(RewardDirectory.HEAD));
            }
            if (config.get(RewardDirectory.KEY) instanceof Map<?, ?> reward) {
                Map<String, Object> plain = new LinkedHashMap<>();
                reward.forEach((key, value) -> plain.put((String) key, value));
                plain.put("mean", 0.0);
                plain.put("std", 1.0);
                config.put(RewardDirectory.KEY, plain);
            }
        };
    }

    private static void write(ModelMerge merge, List<Path> heads, Path target) throws IOException {
        List<SafeTensorsFile> files = new ArrayList<>();
        try {
            heads.forEach(h -> files.add(SafeTensorsFile.open(h)));
            SafeTensorsWriter.write(target, merge.entries(files, DType.F32));
        } finally {
            files.forEach(SafeTensorsFile::close);
        }
    }
}
