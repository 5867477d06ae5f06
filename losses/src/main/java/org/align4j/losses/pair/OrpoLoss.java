package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * ORPO: supervised finetuning on the chosen responses and a penalty by odds ratio, in one stage and without a reference.
 *
 * <pre>
 *   m(y) = log π(y)/|y|,   log odds(y) = m − log(1 − e^m)
 *   z = log odds(y_w) − log odds(y_l)
 *   L = NLL − λ·log σ(z)
 *   ∂(−λ·log σ(z))/∂m(y_w) = −λ·σ(−z)/(1 − e^m(y_w)),   ∂/∂m(y_l) = λ·σ(−z)/(1 − e^m(y_l))
 * </pre>
 *
 * <p>NLL is a mean over the chosen tokens of the whole batch; with {@code promptNll} also over the prompts' tokens, as the official code and TRL do by
 * default. Within log(1 − e^m) m is held at −1e-6 at most, so that a response of probability near 1 gives a finite value; above it the odds grow with
 * slope 1. The ratio is taken per pair and averaged over pairs. The logged rewards are λ·m, and besides there are {@code nll_loss},
 * {@code log_odds_ratio} (mean of log σ(z)) and {@code log_odds_chosen} (mean of z).
 * Hong, Lee, Thorne, <a href="https://arxiv.org/abs/2403.07691">ORPO: Monolithic Preference Optimization without Reference Model</a> (2024).
 *
 * @param lambda    λ &gt; 0; default 0.1; TRL's beta
 * @param promptNll whether the prompts' tokens count in NLL; default false
 */
public record OrpoLoss(double lambda, boolean promptNll) implements Loss {
    private static final double LARGEST = -1e-6;

    public OrpoLoss {
        Checks.positive("orpo", "lambda", lambda);
    }

    /** λ = 0.1, NLL over responses alone. */
    public OrpoLoss() {
        this(0.1, false);
    }

    @Override
    public String name() {
        return "orpo";
    }

    @Override
    public Needs needs() {
        return promptNll ? new Needs(Needs.Arity.PAIR, Needs.Reduction.MEAN, Needs.Extra.NLL, Needs.Extra.PROMPT)
                : new Needs(Needs.Arity.PAIR, Needs.Reduction.MEAN, Needs.Extra.NLL);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        Evaluation ratio = Pairs.evaluate(this, (sum, length) -> lambda * sum / length, (i, e, pair, metrics) -> ratio(pair, metrics), part, batch);
        return Pairs.withNll(this, ratio, 1, promptNll, part, batch);
    }

    private Pair.Value ratio(Pair p, Pairs.Metrics metrics) {
        Curve chosen = logOdds(p.chosen() / p.chosenLength());
        Curve rejected = logOdds(p.rejected() / p.rejectedLength());
        double z = chosen.value() - rejected.value();
        Curve c = Curve.logistic(z);
        metrics.add("log_odds_ratio", -c.value());
        metrics.add("log_odds_chosen", z);
        return new Pair.Value(lambda * c.value(), lambda * c.slope() * chosen.slope() / p.chosenLength(),
                -lambda * c.slope() * rejected.slope() / p.rejectedLength());
    }

    private static Curve logOdds(double m) {
        return m <= LARGEST ? new Curve(m - LogSigmoid.log1mexp(m), -1 / Math.expm1(m)) : new Curve(m - LogSigmoid.log1mexp(LARGEST), 1);
    }
}
