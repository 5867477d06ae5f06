package org.align4j.core.generate.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.backend.internal.host.Workers;
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
            StopRule stopRule, Consumer<Progress> progress) {
        this.model = model;
        this.requests = requests;
        this.options = options;
        this.stops = stops;
        this.limits = limits;
        this.stopRule = stopRule;
        this.progress = progress;
        this.vocabulary = model.config().vocabSize();
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
        try (Decoder decoder = new Decoder(model); KvCache cache = new KvCache(model.backend(), model.config(), plan.rows())) {
            while (done < results.length) {
                pass(decoder, cache);
                double seconds = Math.max(1e-9, (System.nanoTime() - began) * 1e-9);
                progress.accept(new Progress(done, results.length, live.size(), tokens, tokens / seconds));
            }
        }
        return List.of(results);
    }

    private void pass(Decoder decoder, KvCache cache) {
        Pass pass = new Pass();
        live.forEach(pass::decode);
        List<Prompt> complete = prefill(pass);
        float[] logits = pass.run(decoder, cache);
        List<Choice> choices = new ArrayList<>();
        for (int i = 0; i < live.size(); i++) {
            choices.add(new Choice(live.get(i), logits, i * vocabulary));
        }
        for (int i = 0; i < complete.size(); i++) {
            int at = (live.size() + i) * vocabulary;
            complete.get(i).logits = Arrays.copyOfRange(logits, at, at + vocabulary);
            ready.add(complete.get(i));
        }
        live = new ArrayList<>();
        choose(choices);
        begin();
    }

    /** Adds pieces of prompts to a pass, and says which prompts it completes. */
    private List<Prompt> prefill(Pass pass) {
        List<Prompt> complete = new ArrayList<>();
        int room = limits.prefillTokens();
        while (room > 0 && (arriving != null || admit())) {
            int n = Math.min(room, arriving.length() - arriving.computed);
            pass.prefill(arriving, n);
            room -= n;
            if (arriving.computed == arriving.length()) {
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
            choose(choices);
        }
    }

    /** Logits to choose the next token of a continuation from. */
    private record Choice(Continuation continuation, float[] logits, int from) {}

    private void choose(List<Choice> choices) {
        Workers.parallel(choices.size(), 1 + (1 << 12) / vocabulary, (from, to) -> {
            Sampler sampler = new Sampler(options, vocabulary);
            Law law = sampler.law();
            for (Choice c : choices.subList(from, to)) {
                sampler.read(c.logits, c.from, c.continuation.seen, law);
                int token = law.draw(c.continuation.random);
                c.continuation.add(token, sampler.logProb(token));
            }
        });
        tokens += choices.size();
        for (Choice c : choices) {
            FinishReason reason = finished(c.continuation);
            if (reason == null) {
                live.add(c.continuation);
            } else {
                finish(c.continuation, reason);
            }
        }
    }

    private FinishReason finished(Continuation c) {
        if (stops.contains(c.tokens[c.count - 1])) {
            return FinishReason.STOP_TOKEN;
        }
        if (stopRule.stops(c.tokens, c.count)) {
            return FinishReason.STOP_RULE;
        }
        return c.count == options.maxNewTokens() ? FinishReason.LENGTH : null;
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
