package org.align4j.rewardmodels.selection;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.ShardStore;

/**
 * Scores and vectors of rows on disk, in shards, named by the digest of the rows and of all they depend on: what is there is not computed again, and a killed process
 * loses the shard it was at.
 *
 * @param parent    directory of stores
 * @param shardRows rows of a shard
 * @param listener  told how far it has come; may stop it
 */
public record SelectionStores(Path parent, int shardRows, SamplingListener listener) {
    /** Rows of a shard unless told. */
    public static final int SHARD_ROWS = 512;

    public SelectionStores {
        if (shardRows < 1) {
            throw new IllegalArgumentException("A shard needs at least 1 row, found " + shardRows);
        }
    }

    /**
     * A score for every row.
     *
     * @throws org.align4j.rewardmodels.sampling.SamplingStopped when the listener asks to stop; what is finished stays
     */
    public double[] scores(RowScorer scorer, List<Candidate> rows) {
        ShardStore store = open("row-scores", scorer.identity(), Map.of("scorer", scorer.name()), rows, scorer.name(), shard ->
                Arrays.stream(scorer.score(shard)).mapToObj(s -> Double.isNaN(s) ? "none" : (Object) s).toList());
        double[] all = new double[rows.size()];
        int at = 0;
        for (int s = 0; s < store.shards(); s++) {
            for (var value : store.read(s)) {
                all[at++] = value.isNumber() ? value.asDouble() : Double.NaN;
            }
        }
        return all;
    }

    /**
     * A vector for every row, kept as base64 of float32, the lowest byte first.
     *
     * @param what     what is being done, for progress
     * @param identity all that vectors depend on beside the rows
     * @param make     the vectors of some rows
     */
    public float[][] vectors(String what, Map<String, Object> identity, List<Candidate> rows, Function<List<Candidate>, float[][]> make) {
        ShardStore store = open("row-vectors", identity, Map.of("vectors", what), rows, what, shard -> Arrays.stream(make.apply(shard)).map(SelectionStores::text).toList());
        List<float[]> all = new ArrayList<>();
        for (int s = 0; s < store.shards(); s++) {
            store.read(s).forEach(value -> all.add(vector(value.asString())));
        }
        return all.toArray(float[][]::new);
    }

    private ShardStore open(String kind, Map<String, Object> identity, Map<String, Object> notes, List<Candidate> rows, String what, Function<List<Candidate>, List<?>> make) {
        Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("rows", HexFormat.of().formatHex(Candidate.digest(rows)));
        inputs.put("shard_rows", shardRows);
        // Sorted, so that a name does not depend on the order in which a map lists its entries.
        inputs.put("how", new TreeMap<>(identity));
        int shards = (rows.size() + shardRows - 1) / shardRows;
        ShardStore store = ShardStore.open(parent, kind, inputs, notes, shards, listener);
        store.complete(shard -> make.apply(rows.subList(shard * shardRows, Math.min(rows.size(), (shard + 1) * shardRows))),
                () -> listener.progress(what, Math.min(rows.size(), store.finished() * shardRows), rows.size(), 0));
        return store;
    }

    private static String text(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static float[] vector(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
        float[] vector = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(vector);
        return vector;
    }
}
