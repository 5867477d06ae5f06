package org.align4j.rewardmodels.sampling;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.align4j.core.data.Text;
import org.align4j.core.io.AtomicFiles;
import tools.jackson.databind.JsonNode;

/**
 * Training rows made of scored answers, on disk. A row holds the tokens as they were sampled ({@code prompt_ids}, {@code response_ids} …), which is what
 * {@link org.align4j.core.data.DataLoader} reads, so that an answer that was cut is not taught an end it did not have; and, where prompts are text or messages,
 * the same as text, for people and for models with other tokenizers (told to by {@code format}).
 */
public final class KeptRows {
    private final Sampled sampled;
    private final ShardStore store;

    private KeptRows(Sampled sampled, ShardStore store) {
        this.sampled = sampled;
        this.store = store;
    }

    /**
     * Makes the rows that are not on disk yet.
     *
     * @param sampled answers with scores
     * @param parent  directory of stores
     * @throws SamplingStopped when the listener asks to stop; what is finished stays
     */
    public static KeptRows make(Sampled sampled, Keep keep, Path parent, SamplingListener listener) {
        Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("scored", sampled.digest());
        // Sorted, so that a name does not depend on the order in which a map lists its entries.
        inputs.put("how", new java.util.TreeMap<>(keep.identity()));
        ShardStore store = ShardStore.open(parent, "kept", inputs, Map.of(), sampled.shards(), listener);
        int total = sampled.prompts().size();
        store.complete(shard -> {
            List<SampledPrompt> prompts = sampled.shard(shard);
            List<Kept> kept = keep.of(prompts);
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                rows.add(row(prompts.get(i), kept.get(i)));
            }
            return rows;
        }, () -> listener.progress("keeping", Math.min(total, store.finished() * sampled.shardPrompts()), total, 0));
        return new KeptRows(sampled, store);
    }

    private static Map<String, Object> row(SampledPrompt p, Kept kept) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("index", p.index());
        m.put("rows", kept.rows().stream().map(r -> training(p.prompt(), r)).toList());
        m.put("numbers", kept.numbers());
        return m;
    }

    private static Map<String, Object> training(Prompt prompt, Row row) {
        Map<String, Object> m = PromptJson.prompt(prompt);
        m.remove("reference");
        boolean text = !(prompt.text() instanceof Text.Ids);
        if (row instanceof Row.Demonstration d) {
            if (text) {
                m.put("completion", reply(prompt, d.answer()));
            }
            m.put("response_ids", d.answer().ids());
            score(m, "score", d.answer());
        } else if (row instanceof Row.Pair pair) {
            if (text) {
                m.put("chosen", reply(prompt, pair.chosen()));
                m.put("rejected", reply(prompt, pair.rejected()));
            }
            m.put("chosen_ids", pair.chosen().ids());
            m.put("rejected_ids", pair.rejected().ids());
            score(m, "score_chosen", pair.chosen());
            score(m, "score_rejected", pair.rejected());
        } else if (row instanceof Row.Listed list) {
            if (text) {
                m.put("responses", list.answers().stream().map(SampledAnswer::text).toList());
            }
            m.put("responses_ids", list.answers().stream().map(SampledAnswer::ids).toList());
            m.put("scores", list.labels());
            m.put("rewards", list.answers().stream().map(SampledAnswer::score).toList());
        }
        return m;
    }

    private static Object reply(Prompt prompt, SampledAnswer a) {
        return prompt.text() instanceof Text.Chat ? List.of(PromptJson.message("assistant", a.text())) : a.text();
    }

    private static void score(Map<String, Object> row, String name, SampledAnswer a) {
        if (!Double.isNaN(a.score())) {
            row.put(name, a.score());
        }
    }

    /** Where they are, by shards. */
    public Path directory() {
        return store.directory();
    }

    /**
     * Writes the rows of some prompts as one data file of JSON Lines, which appears whole or not at all.
     *
     * @return how many there are
     */
    public long write(Path file, Predicate<Prompt> which) {
        long[] count = {0};
        AtomicFiles.write(file, out -> {
            BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (int shard = 0; shard < store.shards(); shard++) {
                for (JsonNode p : store.read(shard)) {
                    if (which.test(sampled.prompts().get(p.required("index").asInt()))) {
                        for (JsonNode row : p.required("rows")) {
                            writer.write(row.toString());
                            writer.write('\n');
                            count[0]++;
                        }
                    }
                }
            }
            writer.flush();
        });
        return count[0];
    }

    /** What was sampled and what was kept, in numbers. */
    public KeptSummary summary() {
        KeptSummary.Counter counter = new KeptSummary.Counter();
        for (int shard = 0; shard < store.shards(); shard++) {
            List<SampledPrompt> prompts = sampled.shard(shard);
            List<JsonNode> kept = store.read(shard);
            for (int i = 0; i < prompts.size(); i++) {
                counter.add(prompts.get(i), kept.get(i));
            }
        }
        return counter.summary();
    }
}
