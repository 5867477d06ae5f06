package org.align4j.rewardmodels.sampling;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a policy answered to prompts, on disk, a shard at a time in memory; with scores once a reward has given them. */
public final class Sampled {
    private final List<Prompt> prompts;
    private final int shardPrompts;
    private final ShardStore samples;
    private final ShardStore scores;

    Sampled(List<Prompt> prompts, int shardPrompts, ShardStore samples, ShardStore scores) {
        this.prompts = List.copyOf(prompts);
        this.shardPrompts = shardPrompts;
        this.samples = samples;
        this.scores = scores;
    }

    /**
     * Answers that came from elsewhere, to be scored and chosen from like sampled ones.
     *
     * @param answers of every prompt, at least one each
     * @param seed    of what is made of them
     */
    public static Sampled given(List<Prompt> prompts, List<List<SampledAnswer>> answers, long seed, int shardPrompts, Path parent, SamplingListener listener) {
        MessageDigest d = Digests.newDigest();
        answers.forEach(those -> d.update((JsonMapper.shared().writeValueAsString(those.stream().map(PromptJson::answer).toList()) + "\n").getBytes(StandardCharsets.UTF_8)));
        Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("prompts", PromptJson.digest(prompts));
        inputs.put("answers", HexFormat.of().formatHex(d.digest()));
        inputs.put("seed", seed);
        inputs.put("shard_prompts", shardPrompts);
        long[] seeds = PolicySampler.seeds(prompts, seed);
        ShardStore store = ShardStore.open(parent, "candidates", inputs, Map.of(), (prompts.size() + shardPrompts - 1) / shardPrompts, listener);
        store.complete(shard -> IntStream.range(shard * shardPrompts, Math.min(prompts.size(), (shard + 1) * shardPrompts))
                .mapToObj(i -> PromptJson.row(i, seeds[i], prompts.get(i), answers.get(i))).toList(), () -> { });
        return new Sampled(prompts, shardPrompts, store, null);
    }

    /** The prompts. */
    public List<Prompt> prompts() {
        return prompts;
    }

    /** How many shards there are. */
    public int shards() {
        return samples.shards();
    }

    /** Prompts of every shard but the last, which may have fewer. */
    int shardPrompts() {
        return shardPrompts;
    }

    /** SHA-256 of everything the answers and their scores depend on. */
    public String digest() {
        return scores == null ? samples.digest() : scores.digest();
    }

    /** Where the answers are. */
    public Path directory() {
        return samples.directory();
    }

    /** Where the scores are; null before there are any. */
    public Path scoreDirectory() {
        return scores == null ? null : scores.directory();
    }

    /** The prompts of one shard with their answers. */
    public List<SampledPrompt> shard(int shard) {
        List<JsonNode> rows = samples.read(shard);
        List<JsonNode> given = scores == null ? null : scores.read(shard);
        List<SampledPrompt> out = new ArrayList<>();
        for (int r = 0; r < rows.size(); r++) {
            int index = rows.get(r).required("index").asInt();
            List<SampledAnswer> answers = new ArrayList<>();
            rows.get(r).required("answers").forEach(a -> answers.add(PromptJson.answer(a)));
            SampledPrompt p = new SampledPrompt(index, rows.get(r).required("seed").asLong(), prompts.get(index), answers);
            out.add(given == null ? p : p.withScores(PromptJson.numbers(given.get(r).required("scores"))));
        }
        return out;
    }

    /** Hands out all prompts in order. */
    public void forEach(Consumer<SampledPrompt> consumer) {
        for (int i = 0; i < shards(); i++) {
            shard(i).forEach(consumer);
        }
    }

    /** Writes all prompts with their answers as one file of JSON Lines, scores among them where there are any. */
    public void write(Path file) {
        AtomicFiles.write(file, out -> {
            BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (int i = 0; i < shards(); i++) {
                for (SampledPrompt p : shard(i)) {
                    writer.write(JsonMapper.shared().writeValueAsString(PromptJson.row(p.index(), p.seed(), p.prompt(), p.answers())));
                    writer.write('\n');
                }
            }
            writer.flush();
        });
    }

    /**
     * The same with the scores of a reward; those that are on disk are not asked for again.
     *
     * @throws SamplingStopped when the listener asks to stop; what is finished stays
     */
    public Sampled score(Reward reward, Path parent, SamplingListener listener) {
        Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("answers", samples.digest());
        inputs.put("reward", reward.digest());
        ShardStore store = ShardStore.open(parent, "scores", inputs, Map.of("reward_name", reward.name()), samples.shards(), listener);
        Sampled unscored = new Sampled(prompts, shardPrompts, samples, null);
        store.complete(shard -> {
            List<SampledPrompt> asked = unscored.shard(shard);
            List<Question> questions = asked.stream().map(SampledPrompt::question).toList();
            List<double[]> given = reward.score(questions);
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                asked.get(i).withScores(given.get(i));
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("index", asked.get(i).index());
                row.put("scores", given.get(i));
                rows.add(row);
            }
            return rows;
        }, () -> listener.progress("scoring", Math.min(prompts.size(), store.finished() * shardPrompts), prompts.size(), 0));
        return new Sampled(prompts, shardPrompts, samples, store);
    }
}
