package org.align4j.recipes.eval;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.sampling.ShardStore;
import tools.jackson.databind.JsonNode;

/** Log-probabilities of given responses, in nats, kept on disk by all they depend on. */
final class Likelihoods {
    /** Groups that are computed and written together: what a killed run loses at most. */
    private static final int SHARD = 128;
    /** Tokens computed together, or one group that is longer. */
    private static final int BATCH_TOKENS = 4096;

    private Likelihoods() {}

    /** For every group and response the sum over its tokens, the end token included. */
    static double[][] sums(Subject subject, List<Group> groups) {
        List<double[][]> all = of(subject, groups, false);
        return all.stream().map(g -> Arrays.stream(g).mapToDouble(r -> r[0]).toArray()).toArray(double[][]::new);
    }

    /** For every group and response those of all its tokens. */
    static List<double[][]> tokens(Subject subject, List<Group> groups) {
        return of(subject, groups, true);
    }

    private static List<double[][]> of(Subject subject, List<Group> groups, boolean tokens) {
        Map<String, Object> inputs = new LinkedHashMap<>(subject.policy().identity());
        inputs.put("groups", digest(groups));
        inputs.put("tokens", tokens);
        int shards = (groups.size() + SHARD - 1) / SHARD;
        ShardStore store = ShardStore.open(subject.cache(), "likelihoods", inputs, Map.of("model", subject.name()), shards, subject.listener());
        long[] done = {0};
        store.complete(shard -> {
            List<Group> some = groups.subList(shard * SHARD, Math.min(groups.size(), (shard + 1) * SHARD));
            List<double[][]> rows = compute(subject, some, tokens);
            done[0] += some.stream().mapToLong(Group::tokensUnshared).sum();
            return rows;
        }, () -> subject.listener().progress("likelihoods", Math.min(groups.size(), store.finished() * SHARD), groups.size(), done[0]));
        List<double[][]> out = new ArrayList<>(groups.size());
        for (int s = 0; s < shards; s++) {
            for (JsonNode row : store.read(s)) {
                out.add(row.valueStream().map(r -> r.valueStream().mapToDouble(JsonNode::asDouble).toArray()).toArray(double[][]::new));
            }
        }
        return out;
    }

    private static List<double[][]> compute(Subject subject, List<Group> groups, boolean tokens) {
        List<double[][]> out = new ArrayList<>();
        for (int from = 0; from < groups.size();) {
            int to = from + 1;
            int size = groups.get(from).tokens();
            while (to < groups.size() && size + groups.get(to).tokens() <= BATCH_TOKENS) {
                size += groups.get(to++).tokens();
            }
            List<Group> batch = groups.subList(from, to);
            PackedBatch packed = PackedBatch.of(batch);
            double[] all = subject.session().model().logProbs(packed);
            for (int g = 0; g < batch.size(); g++) {
                double[][] responses = new double[batch.get(g).responses().size()][];
                for (int r = 0; r < responses.length; r++) {
                    double[] own = finite(packed.slice(all, g, r), batch.get(g), subject);
                    responses[r] = tokens ? own : new double[] {Arrays.stream(own).sum()};
                }
                out.add(responses);
            }
            from = to;
        }
        return out;
    }

    private static double[] finite(double[] logProbs, Group group, Subject subject) {
        for (double v : logProbs) {
            if (!Double.isFinite(v)) {
                throw new UserException(group.at() + ": " + subject.name() + " gives a token the log-probability " + v
                        + ". Its weights, or the sums they lead to, are not finite; check the model.");
            }
        }
        return logProbs;
    }

    private static String digest(List<Group> groups) {
        MessageDigest d = Digests.newDigest();
        for (Group g : groups) {
            add(d, g.prompt());
            g.responses().forEach(r -> add(d, r.ids()));
            d.update((byte) 1);
        }
        return HexFormat.of().formatHex(d.digest());
    }

    private static void add(MessageDigest d, int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * ids.length).putInt(ids.length);
        for (int id : ids) {
            bytes.putInt(id);
        }
        d.update(bytes.array());
    }
}
