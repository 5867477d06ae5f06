package org.align4j.rewardmodels.sampling;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.generate.Request;
import org.align4j.core.io.Digests;
import org.align4j.core.train.Streams;

/**
 * Samples answers to prompts and keeps them on disk. An answer depends on the policy, the prompt's tokens, the settings and the index of the sample: a
 * prompt's seed is derived from the seed of the settings and from its tokens (and how often they came before), so that prompts may be added or moved
 * without new answers to the others.
 */
public final class PolicySampler {
    private final Policy policy;
    private final SamplingSettings settings;

    public PolicySampler(Policy policy, SamplingSettings settings) {
        this.policy = policy;
        this.settings = settings;
    }

    /**
     * Samples what is not on disk yet.
     *
     * @param prompts  at least one
     * @param parent   directory of stores; may be shared by any runs
     * @throws SamplingStopped when the listener asks to stop; what is finished stays
     * @throws UserException   before any work when a prompt does not fit the model
     */
    public Sampled sample(List<Prompt> prompts, Path parent, SamplingListener listener) {
        if (prompts.isEmpty()) {
            throw new UserException("There is no prompt to sample answers for. Give at least one.");
        }
        policy.requireRoom(prompts, settings.options().maxNewTokens());
        long[] seeds = seeds(prompts, settings.seed());
        int size = settings.shardPrompts();
        Map<String, Object> inputs = new LinkedHashMap<>(policy.identity());
        inputs.put("prompts", PromptJson.digest(prompts));
        inputs.put("samples", settings.samples());
        inputs.put("options", settings.options().toString());
        inputs.put("stop", settings.stop());
        inputs.put("seed", settings.seed());
        inputs.put("shard_prompts", size);
        ShardStore store = ShardStore.open(parent, "samples", inputs, Map.of(), (prompts.size() + size - 1) / size, listener);
        long[] tokens = {0};
        store.complete(shard -> {
            int from = shard * size;
            int to = Math.min(prompts.size(), from + size);
            List<Request> requests = new ArrayList<>();
            for (int i = from; i < to; i++) {
                requests.add(new Request(prompts.get(i).ids(), settings.samples(), seeds[i]));
            }
            int before = Math.min(prompts.size(), store.finished() * size);
            List<List<SampledAnswer>> answers = policy.answer(requests, settings.options(), settings.stop(),
                    p -> listener.progress("sampling", before + p.done() / settings.samples(), prompts.size(), tokens[0] + p.tokens()));
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = from; i < to; i++) {
                rows.add(PromptJson.row(i, seeds[i], prompts.get(i), answers.get(i - from)));
                tokens[0] += answers.get(i - from).stream().mapToLong(a -> a.ids().length).sum();
            }
            return rows;
        }, () -> listener.progress("sampling", Math.min(prompts.size(), store.finished() * size), prompts.size(), tokens[0]));
        return new Sampled(prompts, size, store, null);
    }

    /** A seed for every prompt. */
    static long[] seeds(List<Prompt> prompts, long seed) {
        Map<String, Integer> before = new HashMap<>();
        long[] seeds = new long[prompts.size()];
        for (int i = 0; i < seeds.length; i++) {
            ByteBuffer ids = ByteBuffer.allocate(4 * prompts.get(i).ids().length);
            ids.asIntBuffer().put(prompts.get(i).ids());
            int copies = before.merge(new String(ids.array(), StandardCharsets.ISO_8859_1), 1, Integer::sum);
            MessageDigest d = Digests.newDigest();
            d.update(ids);
            long example = ByteBuffer.wrap(d.digest()).getLong() + copies - 1;
            seeds[i] = Streams.of(seed, "sampling", example).nextLong();
        }
        return seeds;
    }
}
