package org.align4j.rewardmodels.head;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;

/** Heads and their optimisers in safetensors files, under the names of {@link HeadPart}. */
public final class HeadFiles {
    private static final String FIRST = "moment-1.";
    private static final String SECOND = "moment-2.";

    private HeadFiles() {}

    /** The parameters for a file, names prefixed. */
    public static List<TensorEntry> entries(RewardHead head, String prefix, DType dtype) {
        return entries(head.parts(), head.parameters(), prefix, dtype);
    }

    private static List<TensorEntry> entries(List<HeadPart> parts, float[] values, String prefix, DType dtype) {
        List<TensorEntry> list = new ArrayList<>();
        for (HeadPart p : parts) {
            list.add(TensorEntry.of(prefix + p.name(), dtype, p.shape(),
                    (offset, dst, count) -> System.arraycopy(values, Math.toIntExact(p.offset() + offset), dst, 0, count)));
        }
        return list;
    }

    /**
     * A head's parameters from a file, flat.
     *
     * @throws UserException naming the tensor that is missing, of another shape or not finite
     */
    public static float[] read(TensorSource source, String prefix, HeadSettings settings) {
        float[] all = new float[settings.parameters()];
        for (HeadPart p : HeadPart.of(settings)) {
            String name = prefix + p.name();
            TensorInfo info = source.tensors().get(name);
            if (info == null || !info.hasShape(p.shape())) {
                throw new UserException(source.path() + ": the head needs a tensor \"" + name + "\" of the shape " + java.util.Arrays.toString(p.shape())
                        + ", found " + (info == null ? "none" : java.util.Arrays.toString(info.shape())) + "; fetch or write the model again");
            }
            source.read(name, 0, all, p.offset(), p.size());
        }
        for (float x : all) {
            if (!Float.isFinite(x)) {
                throw new UserException(source.path() + ": the head holds " + x + "; a head with such a value cannot be used, fetch or train it again");
            }
        }
        return all;
    }

    /** Writes head and optimiser, float32, exactly. */
    public static void write(Path file, RewardHead head, HeadOptimizer optimizer) {
        List<TensorEntry> all = new ArrayList<>(entries(head, "", DType.F32));
        all.addAll(entries(head.parts(), optimizer.first(), FIRST, DType.F32));
        all.addAll(entries(head.parts(), optimizer.second(), SECOND, DType.F32));
        SafeTensorsWriter.write(file, all);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param steps updates made when it was written
     */
    public static void read(Path file, RewardHead head, HeadOptimizer optimizer, long steps) {
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            head.parameters(read(source, "", head.settings()));
            copy(read(source, FIRST, head.settings()), optimizer.first());
            copy(read(source, SECOND, head.settings()), optimizer.second());
        }
        optimizer.resumeAt(steps);
    }

    private static void copy(float[] from, float[] to) {
        System.arraycopy(from, 0, to, 0, to.length);
    }
}
