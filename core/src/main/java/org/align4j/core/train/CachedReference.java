package org.align4j.core.train;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;

/**
 * Reference log-probabilities computed once and kept on disk, in a file named by the digest of everything they depend on: weights, tokens,
 * precision and backend. A file is verified when it is loaded; a damaged one is computed again.
 */
public final class CachedReference implements Reference {
    private static final int MAGIC = 0x414C5246;
    private final double[][] values;
    private final boolean reused;

    private CachedReference(double[][] values, boolean reused) {
        this.values = values;
        this.reused = reused;
    }

    /** Whether the values came from a file. */
    public boolean reused() {
        return reused;
    }

    /**
     * Loads the values for {@code data} under {@code model} from {@code directory}, or computes and stores them.
     *
     * @param progress told after every micro-batch how many groups are done
     */
    public static CachedReference of(Transformer model, List<Group> data, int microBatchTokens, Path directory, IntConsumer progress) {
        Path file = directory.resolve("reference-" + digest(model, data) + ".bin");
        double[][] values = Files.exists(file) ? read(file, data) : null;
        if (values != null) {
            return new CachedReference(values, true);
        }
        values = compute(model, data, microBatchTokens, progress);
        write(file, values);
        return new CachedReference(values, false);
    }

    private static double[][] compute(Transformer model, List<Group> data, int microBatchTokens, IntConsumer progress) {
        double[][] values = new double[data.size()][];
        int[] all = new int[data.size()];
        Arrays.setAll(all, i -> i);
        int done = 0;
        for (MicroBatch micro : MicroBatch.cut(data, all, microBatchTokens)) {
            double[] flat = model.logProbs(micro.packed());
            for (int g = 0; g < micro.indices().length; g++) {
                int from = micro.packed().starts()[g][0];
                values[micro.indices()[g]] = Arrays.copyOfRange(flat, from, from + targets(data.get(micro.indices()[g])));
            }
            done += micro.indices().length;
            progress.accept(done);
        }
        return values;
    }

    private static int targets(Group g) {
        int n = 0;
        for (Group.Response r : g.responses()) {
            n += r.ids().length;
        }
        return n;
    }

    @Override
    public double[] logProbs(int[] indices, PackedBatch batch) {
        double[] flat = new double[batch.targets().length];
        for (int g = 0; g < indices.length; g++) {
            double[] v = values[indices[g]];
            System.arraycopy(v, 0, flat, batch.starts()[g][0], v.length);
        }
        return flat;
    }

    private static String digest(Transformer model, List<Group> data) {
        MessageDigest d = sha256();
        d.update((model.backend().name() + ' ' + model.backend().precision() + ' ' + model.values().dtype() + ' ' + model.config().toJson()).getBytes(
                java.nio.charset.StandardCharsets.UTF_8));
        WeightFiles.forEach(model.values(), (slot, v) -> update(d, v));
        if (model.adapter() != null) {
            d.update(model.adapter().description().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            WeightFiles.forEach(model.adapter().values(), (slot, v) -> update(d, v));
        }
        for (Group g : data) {
            update(d, g.prompt());
            for (Group.Response r : g.responses()) {
                update(d, r.ids());
            }
        }
        return HexFormat.of().formatHex(d.digest()).substring(0, 32);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void update(MessageDigest d, float[] v) {
        ByteBuffer b = ByteBuffer.allocate(4 * v.length);
        b.asFloatBuffer().put(v);
        d.update(b);
    }

    private static void update(MessageDigest d, int[] v) {
        ByteBuffer b = ByteBuffer.allocate(4 + 4 * v.length);
        b.putInt(v.length).asIntBuffer().put(v);
        d.update(b.rewind());
    }

    private static void write(Path file, double[][] values) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(MAGIC);
            out.writeInt(values.length);
            for (double[] v : values) {
                out.writeInt(v.length);
                for (double x : v) {
                    out.writeDouble(x);
                }
            }
            byte[] body = bytes.toByteArray();
            ByteBuffer all = ByteBuffer.allocate(body.length + 64);
            all.put(body).put(Digests.sha256(body).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            Files.createDirectories(file.getParent());
            AtomicFiles.write(file, stream -> stream.write(all.array()));
        } catch (IOException e) {
            throw new UserException("Cannot write the reference cache " + file + ": " + e.getMessage() + ". Free some space, or choose another output directory.", e);
        }
    }

    /** The stored values, or null when the file is damaged or for other data. */
    private static double[][] read(Path file, List<Group> data) {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (all.length < 72) {
            return null;
        }
        byte[] body = Arrays.copyOf(all, all.length - 64);
        String digest = new String(all, body.length, 64, java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer b = ByteBuffer.wrap(body);
        if (!Digests.sha256(body).equals(digest) || b.getInt() != MAGIC || b.getInt() != data.size()) {
            return null;
        }
        double[][] values = new double[data.size()][];
        for (int i = 0; i < values.length; i++) {
            int n = b.getInt();
            if (n != targets(data.get(i))) {
                return null;
            }
            values[i] = new double[n];
            for (int j = 0; j < n; j++) {
                values[i][j] = b.getDouble();
            }
        }
        return values;
    }
}
