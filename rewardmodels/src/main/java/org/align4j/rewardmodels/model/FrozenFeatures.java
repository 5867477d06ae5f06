package org.align4j.rewardmodels.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Group;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.Digests;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;

/**
 * The closing hidden states of a data set under a frozen trunk, computed once and kept on disk as float32, in a file named by the digest of all they depend on:
 * weights, architecture, backend, precision, size of micro-batches and the groups. A file is verified when it is opened; a damaged one is computed again.
 */
public final class FrozenFeatures implements AutoCloseable {
    private static final String TENSOR = "features";
    private final SafeTensorsFile file;
    private final int[] starts;
    private final int width;
    private final String digest;
    private final boolean reused;
    /** Which groups of the file these are of; null: all of them. */
    private final int[] chosen;

    private FrozenFeatures(SafeTensorsFile file, int[] starts, int width, String digest, boolean reused, int[] chosen) {
        this.file = file;
        this.starts = starts;
        this.width = width;
        this.digest = digest;
        this.reused = reused;
        this.chosen = chosen;
    }

    /** Those of some of the groups, in the order given; closing them closes nothing. */
    public FrozenFeatures only(int[] groups) {
        int[] all = groups.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = chosen == null ? groups[i] : chosen[groups[i]];
        }
        return new FrozenFeatures(file, starts, width, digest, reused, all);
    }

    /**
     * Opens the features of {@code data} in {@code directory}, or computes and stores them.
     *
     * @param progress told after every micro-batch how many groups are done
     */
    public static FrozenFeatures of(Transformer trunk, List<Group> data, int microBatchTokens, Path directory, IntConsumer progress) {
        int[] starts = new int[data.size() + 1];
        for (int i = 0; i < data.size(); i++) {
            starts[i + 1] = starts[i] + data.get(i).responses().size();
        }
        String digest = digest(trunk, data, microBatchTokens);
        Path path = directory.resolve("features-" + digest + ".safetensors");
        Path proof = directory.resolve("features-" + digest + ".sha256");
        boolean reused = whole(path, proof);
        if (!reused) {
            AtomicFiles.createDirectories(directory);
            SafeTensorsWriter.write(path, List.of(compute(trunk, data, starts, microBatchTokens, progress)));
            AtomicFiles.writeString(proof, Digests.sha256(path));
        }
        return new FrozenFeatures(SafeTensorsFile.open(path), starts, trunk.config().hiddenSize(), digest, reused, null);
    }

    private static boolean whole(Path path, Path proof) {
        try {
            return Files.exists(path) && Files.exists(proof) && Digests.sha256(path).equals(Files.readString(proof));
        } catch (IOException e) {
            throw new UserException("Cannot read " + proof + ": " + e.getMessage() + ". Delete it; the features are computed again then.", e);
        }
    }

    private static TensorEntry compute(Transformer trunk, List<Group> data, int[] starts, int microBatchTokens, IntConsumer progress) {
        int d = trunk.config().hiddenSize();
        float[][] rows = new float[data.size()][];
        for (int from = 0; from < data.size();) {
            int to = RewardTrainer.end(data, from, data.size(), microBatchTokens);
            PackedBatch batch = PackedBatch.reading(data.subList(from, to), Reads.CLOSING, false);
            try (ForwardPass pass = trunk.inspect(batch, null)) {
                for (int g = from; g < to; g++) {
                    int first = batch.readStarts()[g - from][0];
                    rows[g] = java.util.Arrays.copyOfRange(pass.hidden(), first * d, (first + starts[g + 1] - starts[g]) * d);
                }
            }
            from = to;
            progress.accept(to);
        }
        return new TensorEntry(TENSOR, DType.F32, new long[] {starts[data.size()], d}, (offset, dst, count) -> copy(rows, starts, d, offset, dst, count));
    }

    private static void copy(float[][] rows, int[] starts, int d, long offset, float[] dst, int count) {
        int done = 0;
        while (done < count) {
            long at = offset + done;
            int g = java.util.Arrays.binarySearch(starts, (int) (at / d));
            g = g >= 0 ? g : -g - 2;
            int within = (int) (at - (long) starts[g] * d);
            int n = Math.min(count - done, rows[g].length - within);
            System.arraycopy(rows[g], within, dst, done, n);
            done += n;
        }
    }

    private static String digest(Transformer trunk, List<Group> data, int microBatchTokens) {
        MessageDigest d = Digests.newDigest();
        String adapter = trunk.adapter() == null ? "none" : trunk.adapter().description() + WeightFiles.digest(trunk.adapter().values());
        d.update((WeightFiles.digest(trunk.values()) + ' ' + adapter + ' ' + trunk.config().toJson() + ' ' + trunk.backend().name() + ' ' + trunk.backend().precision() + ' '
                + microBatchTokens).getBytes(StandardCharsets.UTF_8));
        for (Group g : data) {
            update(d, g.prompt());
            g.responses().forEach(r -> update(d, r.ids()));
            update(d, new int[] {g.responses().size()});
        }
        return HexFormat.of().formatHex(d.digest());
    }

    private static void update(MessageDigest d, int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length + 4);
        bytes.putInt(ids.length);
        bytes.asIntBuffer().put(ids);
        d.update(bytes.array());
    }

    /** The states of some groups' responses, row after row. */
    float[] rows(int[] places) {
        int[] indices = places.clone();
        for (int i = 0; chosen != null && i < indices.length; i++) {
            indices[i] = chosen[places[i]];
        }
        int n = 0;
        for (int i : indices) {
            n += starts[i + 1] - starts[i];
        }
        float[] out = new float[n * width];
        int at = 0;
        for (int i : indices) {
            int values = (starts[i + 1] - starts[i]) * width;
            file.read(TENSOR, (long) starts[i] * width, out, at, values);
            at += values;
        }
        return out;
    }

    /** Groups there are. */
    public int size() {
        return chosen == null ? starts.length - 1 : chosen.length;
    }

    /** Of all the file's features depend on. */
    public String digest() {
        return digest;
    }

    /** Whether they came from a file. */
    public boolean reused() {
        return reused;
    }

    @Override
    public void close() {
        if (chosen == null) {
            file.close();
        }
    }
}
