package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.Transformer;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.rewardmodels.verifier.FinalAnswerVerifier;
import org.align4j.rewardmodels.verifier.Verdict;
import org.align4j.rewardmodels.verifier.Verifier;

/** Lets a model answer problems and judges the answers by their final number. */
final class Attempts {
    private static final Verifier VERIFIER = new FinalAnswerVerifier(List.of("####"));
    private static final BatchLimits LIMITS = new BatchLimits(128, 4096);
    /** The longest solution has half of it. */
    private static final int MAX_TOKENS = 48;

    private final Transformer model;
    private final TextEncoder encoder;
    private final ProgressBar progress;

    Attempts(Transformer model, TextEncoder encoder, ProgressBar progress) {
        this.model = model;
        this.encoder = encoder;
        this.progress = progress;
    }

    /**
     * One answer.
     *
     * @param correct whether it ends of itself and its final number is the right one
     * @param valid   whether it ends of itself and has the form asked for
     */
    record Attempt(String text, boolean correct, boolean valid) {}

    /** Several answers to every problem; at temperature 0 the likeliest. */
    List<List<Attempt>> at(List<Problem> problems, int each, double temperature, long seed, String title) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            requests.add(new Request(encoder.encodePrompt(new Text.Plain(problems.get(i).prompt())), each, seed + i));
        }
        SamplingOptions options = SamplingOptions.greedy(MAX_TOKENS).withTemperature(temperature);
        progress.stage(title, 0, (long) problems.size() * each);
        List<Result> results = new Generator(model, options, LIMITS, StopRule.NEVER, this::show).generate(requests);
        progress.endStage();
        List<List<Attempt>> attempts = new ArrayList<>();
        problems.forEach(p -> attempts.add(new ArrayList<>()));
        for (Result r : results) {
            attempts.get(r.request()).add(judge(problems.get(r.request()), encoder.decode(r.content()), r.ended()));
        }
        return attempts;
    }

    private void show(Progress p) {
        progress.update(new ProgressBar.Update(p.done(), p.tokens(), Double.NaN, Double.NaN));
    }

    private static Attempt judge(Problem problem, String text, boolean ended) {
        Verdict v = VERIFIER.verify(problem.prompt(), text, Integer.toString(problem.answer()));
        return new Attempt(text, ended && v.correct(), ended && v.formatValid());
    }
}
