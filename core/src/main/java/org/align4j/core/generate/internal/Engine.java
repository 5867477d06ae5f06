package org.align4j.core.generate.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.KvCache;
import org.align4j.core.model.Transformer;

/** One call of a generator: prompts enter the cache as room allows, their samples run until they stop. */
public final class Engine {
    private final Transformer model;
    private final List<Request> requests;
    private final SamplingOptions options;
    private final Set<Integer> stops;
    private final BatchLimits limits;
    private final StopRule stopRule;
    private final Consumer<Progress> progress;
    /** Proposes tokens; null where there is no draft model. */
    private final Drafter drafter;
    private final Samplers samplers;
    private final int vocabulary;
    private final CachePlan plan;
    private final Runs promptRows;
    private final ArrayDeque<Integer> freeSlots = new ArrayDeque<>();
    private final ArrayDeque<Prompt> ready = new ArrayDeque<>();
    private List<Continuation> live = new ArrayList<>();
    private final Result[] results;
    private final int[] firstResult;
    private final long began = System.nanoTime();
    /** The prompt that is partly in the cache, if any. */
    private Prompt arriving;
    /** Samples of admitted prompts that have not begun. */
    private int waiting;
    private int next;
    private int done;
    private long tokens;

    public Engine(Transformer model, List<Request> requests, SamplingOptions options, Set<Integer> stops, BatchLimits limits,
            StopRule stopRule, Consumer<Progress> progress, Drafter drafter) {
        this.model = model;
        this.requests = requests;
        this.options = options;
        this.stops = stops;
        this.limits = limits;
        this.stopRule = stopRule;
        this.progress = progress;
        this.drafter = drafter;
        this.vocabulary = model.config().vocabSize();
        samplers = new Samplers(options, vocabulary);
        plan = CachePlan.of(requests, options.maxNewTokens(), limits.maxBatch());
        promptRows = new Runs(plan.firstPromptRow(), plan.promptRows());
        for (int i = 0; i < plan.slots(); i++) {
            freeSlots.add(i);
        }
        firstResult = new int[requests.size()];
        int total = 0;
        for (int i = 0; i < firstResult.length; i++) {
            firstResult[i] = total;
            total = Math.addExact(total, requests.get(i).samples());
        }
        results = new Result[total];
    }

    public List<Result> run() {
        try (Decoder decoder = new Decoder(model); KvCache cache = new KvCache(model.backend(), model.config(), plan.rows()); Drafter open = drafter) {
            if (open != null) {
                open.open(options, samplers, plan);
            }
            while (done < results.length) {
                pass(decoder, cache);
                double seconds = Math.max(1e-9, (System.nanoTime() - began) * 1e-9);
                progress.accept(new Progress(done, results.length, live.size(), tokens, tokens / seconds));
            }
        }
        return List.of(results);
    }

    private void pass(Decoder decoder, KvCache cache) {
        if (drafter != null) {
            drafter.propose(live);
        }
        Pass pass = new Pass();
        List<Choice> choices = new ArrayList<>();
        int row = 0;
        for (Continuation c : live) {
            pass.decode(c, c.count - 1, c.count + c.proposed, true);
            choices.add(new Choice(c, null, row * vocabulary));
            row += 1 + c.proposed;
        }
        List<Prompt> complete = prefill(pass);
        float[] logits = pass.run(decoder, cache);
        for (Prompt p : complete) {
            p.logits = Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
            row++;
            ready.add(p);
        }
        live = new ArrayList<>();
        choose(choices, logits);
        begin();
    }

    /** Adds pieces of prompts to a pass, and says which prompts it completes. A prompt is cut at the same places whatever else is in the pass. */
    private List<Prompt> prefill(Pass pass) {
        List<Prompt> complete = new ArrayList<>();
        int room = limits.prefillTokens();
        while (arriving != null || admit()) {
            int from = arriving.computed;
            int to = Math.min(from + limits.prefillTokens(), arriving.length());
            if (to - from > room) {
                break;
            }
            pass.prefill(arriving, from, to);
            if (drafter != null) {
                drafter.prefill(arriving, from, to);
            }
            arriving.computed = to;
            room -= to - from;
            if (to == arriving.length()) {
                complete.add(arriving);
                arriving = null;
            }
        }
        return complete;
    }

    /** Lets the next prompt in if a sample of it can begin and the cache has room for it now. */
    private boolean admit() {
        if (next == requests.size() || waiting >= freeSlots.size()) {
            return false;
        }
        Request r = requests.get(next);
        int start = promptRows.take(r.prompt().length);
        if (start < 0) {
            return false;
        }
        arriving = new Prompt(next++, r, start);
        waiting += r.samples();
        return true;
    }

    /** Begins samples of prompts that are in the cache while there are slots; a sample may be over with its first token. */
    private void begin() {
        while (!ready.isEmpty() && !freeSlots.isEmpty()) {
            List<Choice> choices = new ArrayList<>();
            while (!ready.isEmpty() && !freeSlots.isEmpty()) {
                Prompt p = ready.peek();
                int slot = freeSlots.remove();
                choices.add(new Choice(new Continuation(p, p.begun++, slot, slot * plan.slotRows(), options.penalizes()), p.logits, 0));
                waiting--;
                if (p.begun == p.request.samples()) {
                    ready.remove().logits = null;
                }
            }
            choose(choices, null);
        }
    }

    /** Where the logits are that the next tokens of a continuation are chosen from; {@code own} is null for those of the pass. */
    private record Choice(Continuation continuation, float[] own, int from) {}

    private void choose(List<Choice> choices, float[] logits) {
        int[] before = choices.stream().mapToInt(c -> c.continuation.count).toArray();
        samplers.each(choices.size(), (sampler, i) -> {
            Choice choice = choices.get(i);
            Continuation c = choice.continuation;
            float[] from = choice.own == null ? logits : choice.own;
            if (c.proposed > 0) {
                drafter.judge(sampler, c, from, choice.from);
                return;
            }
            Law law = sampler.law();
            sampler.read(from, choice.from, c.seen, law);
            int token = law.draw(c.random);
            c.add(token, sampler.logProb(token));
        });
        for (int i = 0; i < before.length; i++) {
            settle(choices.get(i).continuation, before[i]);
        }
    }

    /** Looks at the tokens a continuation has gained, one after the other, as if each had come alone. */
    private void settle(Continuation c, int before) {
        int accepted = c.count - before - 1;
        FinishReason reason = null;
        int count = before;
        while (reason == null && count < c.count) {
            reason = finished(c, ++count);
        }
        c.count = count;
        tokens += count - before;
        if (drafter != null && before > 0) {
            drafter.settle(c, before, Math.min(accepted, count - before));
        }
        if (reason == null) {
            live.add(c);
        } else {
            finish(c, reason);
        }
    }

    private FinishReason finished(Continuation c, int count) {
        if (stops.contains(c.tokens[count - 1])) {
            return FinishReason.STOP_TOKEN;
        }
        if (stopRule.stops(c.tokens, count)) {
            return FinishReason.STOP_RULE;
        }
        return count == options.maxNewTokens() ? FinishReason.LENGTH : null;
    }

    private void finish(Continuation c, FinishReason reason) {
        results[firstResult[c.prompt.index] + c.sample] = c.result(reason);
        done++;
        freeSlots.add(c.slot);
        if (++c.prompt.over == c.prompt.request.samples()) {
            promptRows.giveBack(c.prompt.start, c.prompt.length());
        }
    }
}
