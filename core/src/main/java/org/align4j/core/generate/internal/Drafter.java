package org.align4j.core.generate.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.KvCache;
import org.align4j.core.model.Transformer;

/**
 * The draft model's side of speculative decoding: its cache, which has the rows of the target's, its proposals and the distributions they came from, and
 * the judgement of them. For one call.
 */
public final class Drafter implements AutoCloseable {
    private final Transformer model;
    private final int most;
    private SamplingOptions options;
    private Samplers samplers;
    private Decoder decoder;
    private KvCache cache;
    /** Pieces of prompts that wait for the next pass. */
    private Pass pieces = new Pass();
    /** What each of a slot's proposals was drawn from. */
    private Law[][] laws;
    private long proposed;
    private long accepted;
    private long rounds;

    /** @param most tokens proposed at a time */
    public Drafter(Transformer model, int most) {
        this.model = model;
        this.most = most;
    }

    public long proposed() {
        return proposed;
    }

    public long accepted() {
        return accepted;
    }

    public long rounds() {
        return rounds;
    }

    void open(SamplingOptions sampling, Samplers with, CachePlan plan) {
        options = sampling;
        samplers = with;
        laws = new Law[plan.slots()][most];
        decoder = new Decoder(model);
        cache = new KvCache(model.backend(), model.config(), plan.rows());
    }

    /** Takes a piece of a prompt into the cache, before anything is proposed after it. */
    void prefill(Prompt p, int from, int to) {
        pieces.prefill(p, from, to);
    }

    /** Proposes tokens for all continuations, fewer where a continuation must end before; it always needs one more token than is proposed. */
    void propose(List<Continuation> live) {
        if (!pieces.isEmpty()) {
            pieces.run(decoder, cache);
            pieces = new Pass();
        }
        int[] marks = new int[live.size()];
        for (int i = 0; i < marks.length; i++) {
            live.get(i).proposed = 0;
            marks[i] = live.get(i).seen == null ? 0 : live.get(i).seen.count();
        }
        for (int round = 0; round < most; round++) {
            round(live, round);
        }
        for (int i = 0; i < marks.length; i++) {
            Continuation c = live.get(i);
            if (c.seen != null) {
                c.seen.backTo(marks[i]);
            }
            proposed += c.proposed;
        }
    }

    private void round(List<Continuation> live, int round) {
        Pass pass = new Pass();
        List<Continuation> some = new ArrayList<>();
        for (Continuation c : live) {
            if (c.count + round + 1 < options.maxNewTokens()) {
                pass.decode(c, round == 0 ? c.drafted : c.count + round - 1, c.count + round, false);
                some.add(c);
            }
        }
        if (some.isEmpty()) {
            return;
        }
        float[] logits = pass.run(decoder, cache);
        samplers.each(some.size(), (sampler, i) -> {
            Continuation c = some.get(i);
            Law law = law(c.slot, round);
            sampler.read(logits, i * model.config().vocabSize(), c.seen, law);
            int token = law.draw(c.random);
            c.propose(token);
            if (c.seen != null) {
                c.seen.add(token);
            }
        });
        some.forEach(c -> c.drafted = c.count + round);
    }

    private Law law(int slot, int i) {
        if (laws[slot][i] == null) {
            laws[slot][i] = samplers.newLaw();
        }
        return laws[slot][i];
    }

    /** Adds to a continuation the proposals that are accepted and one token more; the target's logits after its last token and after every proposal start at {@code from}. */
    void judge(Sampler sampler, Continuation c, float[] logits, int from) {
        int n = c.proposed;
        int vocabulary = model.config().vocabSize();
        Law p = sampler.law();
        for (int i = 0; i < n; i++) {
            sampler.read(logits, from + i * vocabulary, c.seen, p);
            int token = c.tokens[c.count];
            Law q = laws[c.slot][i];
            double wanted = p.probability(token);
            double offered = q.probability(token);
            if (wanted < offered && (wanted == 0 || c.random.nextDouble() * offered >= wanted)) {
                Law rest = sampler.rest();
                rest.excess(p, q);
                int other = rest.draw(c.random);
                c.add(other, sampler.logProb(other));
                return;
            }
            c.add(token, sampler.logProb(token));
        }
        sampler.read(logits, from + n * vocabulary, c.seen, p);
        int token = p.draw(c.random);
        c.add(token, sampler.logProb(token));
    }

    /** Takes notice of how many proposals have become part of a continuation that had {@code before} tokens, at least one. */
    void settle(Continuation c, int before, int kept) {
        rounds++;
        accepted += kept;
        // The last proposal has never been put into the draft model.
        c.drafted = Math.min(c.drafted, before + kept);
        c.proposed = 0;
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
        if (decoder != null) {
            decoder.close();
        }
    }
}
