package org.align4j.core.train;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;

/**
 * Reference log-probabilities computed once and kept on disk, in a file named by the digest of everything they depend on: weights, architecture,
 * backend, precision, micro-batch size and the set of groups. Groups are computed and stored in an order of their own, each with its distinct
 * responses, so neither the order of the data, nor which response is the chosen one, nor the loss, nor the run matters: runs that share a directory
 * share files, and a value is the same bits whoever computed it. A file is verified when it is loaded; a damaged one is computed again.
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
     * @param directory may be shared by any runs, at one time too; made where it is missing
     * @param progress  told after every micro-batch how many groups are done
     */
    public static CachedReference of(Transformer model, List<Group> data, int microBatchTokens, Path directory, IntConsumer progress) {
        String[] keys = new String[data.size()];
        TreeMap<String, Group> distinct = new TreeMap<>();
        Map<String, Integer> copies = new HashMap<>();
        for (int i = 0; i < keys.length; i++) {
            Group g = canonical(data.get(i));
            keys[i] = key(g);
            distinct.put(keys[i], g);
            copies.merge(keys[i], 1, Integer::sum);
        }
        List<Group> groups = new ArrayList<>(distinct.values());
        Path file = directory.resolve("reference-" + digest(model, distinct.keySet(), microBatchTokens) + ".bin");
        double[][] stored = Files.exists(file) ? read(file, groups) : null;
        boolean reused = stored != null;
        if (!reused) {
            int[] counts = distinct.keySet().stream().mapToInt(copies::get).toArray();
            stored = compute(model, groups, microBatchTokens, counts, progress);
            write(file, stored);
        }
        Map<String, double[]> byKey = new HashMap<>();
        for (String key : distinct.keySet()) {
            byKey.put(key, stored[byKey.size()]);
        }
        double[][] values = new double[keys.length][];
        for (int i = 0; i < keys.length; i++) {
            values[i] = arranged(byKey.get(keys[i]), distinct.get(keys[i]), data.get(i));
        }
        return new CachedReference(values, reused);
    }

    /** The group with its distinct responses in an order of their own. */
    private static Group canonical(Group g) {
        TreeSet<int[]> ids = new TreeSet<>(Arrays::compare);
        g.responses().forEach(r -> ids.add(r.ids()));
        return new Group(g.at(), g.prompt(), ids.stream().map(r -> new Group.Response(r, Double.NaN, null, false)).toList());
    }

    private static String key(Group canonical) {
        MessageDigest d = sha256();
        update(d, canonical.prompt());
        canonical.responses().forEach(r -> update(d, r.ids()));
        return HexFormat.of().formatHex(d.digest());
    }

    /** Values in the order of {@code group}'s responses. */
    private static double[] arranged(double[] stored, Group canonical, Group group) {
        double[] values = new double[targets(group)];
        int to = 0;
        for (Group.Response r : group.responses()) {
            int from = 0;
            for (Group.Response c : canonical.responses()) {
                if (Arrays.equals(c.ids(), r.ids())) {
                    break;
                }
                from += c.ids().length;
            }
            System.arraycopy(stored, from, values, to, r.ids().length);
            to += r.ids().length;
        }
        return values;
    }

    private static double[][] compute(Transformer model, List<Group> groups, int microBatchTokens, int[] copies, IntConsumer progress) {
        double[][] values = new double[groups.size()][];
        int[] all = new int[groups.size()];
        Arrays.setAll(all, i -> i);
        int done = 0;
        for (MicroBatch micro : MicroBatch.cut(groups, all, microBatchTokens, false)) {
            double[] flat = model.logProbs(micro.packed());
            for (int g = 0; g < micro.indices().length; g++) {
                int from = micro.packed().starts()[g][0];
                values[micro.indices()[g]] = Arrays.copyOfRange(flat, from, from + targets(groups.get(micro.indices()[g])));
                done += copies[micro.indices()[g]];
            }
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

    private static String digest(Transformer model, Set<String> groups, int microBatchTokens) {
        MessageDigest d = sha256();
        d.update((model.backend().name() + ' ' + model.backend().precision() + ' ' + model.values().dtype() + ' ' + microBatchTokens + ' '
                + model.config().toJson()).getBytes(StandardCharsets.UTF_8));
        WeightFiles.forEach(model.values(), (slot, v) -> update(d, v));
        if (model.adapter() != null) {
            d.update(model.adapter().description().getBytes(StandardCharsets.UTF_8));
            WeightFiles.forEach(model.adapter().values(), (slot, v) -> update(d, v));
        }
        groups.forEach(key -> d.update(key.getBytes(StandardCharsets.US_ASCII)));
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
            all.put(body).put(Digests.sha256(body).getBytes(StandardCharsets.US_ASCII));
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
            throw new UserException("Cannot read the reference cache " + file + ": " + e.getMessage() + ". Make it readable, or delete it.", e);
        }
        if (all.length < 72) {
            return null;
        }
        byte[] body = Arrays.copyOf(all, all.length - 64);
        String digest = new String(all, body.length, 64, StandardCharsets.US_ASCII);
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
