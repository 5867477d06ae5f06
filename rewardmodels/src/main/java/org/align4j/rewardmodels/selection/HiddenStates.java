package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.rewardmodels.sampling.Policy;

/** The mean of a model's final hidden states, after the last norm, over the tokens of a part; a response is read after its prompt. */
public final class HiddenStates implements Embedder {
    /** Most tokens computed at once. */
    private static final int TOKENS = 4096;
    private final Policy policy;
    private final Part part;

    /** @param policy the model that is asked; stays the caller's */
    public HiddenStates(Policy policy, Part part) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.part = Objects.requireNonNull(part, "part");
    }

    @Override
    public float[][] embed(List<Candidate> rows, SelectionStores stores) {
        Map<String, Object> identity = new LinkedHashMap<>(policy.identity());
        identity.put("part", part.name());
        return stores.vectors("embedding", identity, rows, this::compute);
    }

    private float[][] compute(List<Candidate> rows) {
        int d = policy.model().config().hiddenSize();
        float[][] vectors = new float[rows.size()][d];
        List<Group> groups = rows.stream().map(this::group).toList();
        for (int from = 0; from < vectors.length;) {
            int to = from;
            int tokens = 0;
            List<Group> some = new ArrayList<>();
            while (to < vectors.length && (to == from || tokens + groups.get(to).tokens() <= TOKENS)) {
                tokens += groups.get(to).tokens();
                some.add(groups.get(to++));
            }
            PackedBatch batch = PackedBatch.reading(some, Reads.STATES_AND_CLOSING, false);
            try (ForwardPass pass = policy.model().inspect(batch, null)) {
                for (int g = from; g < to; g++) {
                    mean(pass.hidden(), batch.readStarts()[g - from][0], groups.get(g).responses().get(0).ids().length, vectors[g]);
                }
            }
            from = to;
        }
        return vectors;
    }

    /** A part as what is read: a response after its prompt, all else after its own first token. */
    private Group group(Candidate row) {
        if (part == Part.RESPONSE) {
            return new Group(row.at(), row.group().prompt(), List.of(row.group().responses().get(row.best())));
        }
        int[] ids = row.ids(part);
        return new Group(row.at(), new int[] {ids[0]}, List.of(new Group.Response(Arrays.copyOfRange(ids, 1, ids.length), Double.NaN, null, false)));
    }

    /** The first state read stands before the first token of what is read: it belongs to the part only where that begins with the token before. */
    private void mean(float[] hidden, int first, int tokens, float[] into) {
        int skip = part == Part.RESPONSE ? 1 : 0;
        double[] sum = new double[into.length];
        for (int t = skip; t <= tokens; t++) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += hidden[(first + t) * sum.length + i];
            }
        }
        for (int i = 0; i < sum.length; i++) {
            into[i] = (float) (sum[i] / (tokens + 1 - skip));
        }
        Embedder.normalise(into);
    }
}
