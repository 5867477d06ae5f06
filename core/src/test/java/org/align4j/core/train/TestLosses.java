package org.align4j.core.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Group;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs;

/** Losses that ask the trainer for what it rarely gives, with gradients that depend on every value. */
final class TestLosses {
    private TestLosses() {}

    /** Groups of one response with labels in turn. */
    static List<Group> labelled(List<Group> groups) {
        List<Group> out = new ArrayList<>();
        for (Group g : groups) {
            out.add(new Group(g.at(), g.prompt(), List.of(new Group.Response(g.responses().get(0).ids(), Double.NaN, out.size() % 3 != 0, false))));
        }
        return out;
    }

    /** L = ½·Σ lp²/tokens over responses + Σ lp²/promptTokens over prompts. */
    record PromptLoss() implements Loss {
        @Override
        public String name() {
            return "prompt";
        }

        @Override
        public Needs needs() {
            return new Needs(Needs.Arity.PAIR, Needs.Reduction.TOKEN, Needs.Extra.PROMPT);
        }

        @Override
        public Evaluation evaluate(List<Example> part, Batch batch) {
            double[] loss = new double[1];
            List<double[][]> gradients = new ArrayList<>();
            for (Example e : part) {
                List<double[]> rows = new ArrayList<>();
                e.responses().forEach(r -> rows.add(squares(r.logProbs(), 0.5 / batch.tokens(), loss)));
                rows.add(squares(e.prompt(), 1.0 / batch.promptTokens(), loss));
                gradients.add(rows.toArray(new double[0][]));
            }
            return new Evaluation(loss[0], gradients, Map.of("prompt_tokens", new Mean(batch.promptTokens() * (double) part.size(), part.size())));
        }

        private static double[] squares(double[] lp, double factor, double[] loss) {
            double[] g = new double[lp.length];
            for (int t = 0; t < g.length; t++) {
                loss[0] += factor * lp[t] * lp[t];
                g[t] = 2 * factor * lp[t];
            }
            return g;
        }
    }

    /** L = −Σ w·lp/tokens with w = p/Σ_v p², the weight of WPO, through which nothing flows back. */
    record CollisionLoss() implements Loss {
        @Override
        public String name() {
            return "collision";
        }

        @Override
        public Needs needs() {
            return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN, Needs.Extra.COLLISION);
        }

        @Override
        public Evaluation evaluate(List<Example> part, Batch batch) {
            double loss = 0;
            double weights = 0;
            List<double[][]> gradients = new ArrayList<>();
            for (Example e : part) {
                Example.Response r = e.responses().get(0);
                double[] g = new double[r.length()];
                for (int t = 0; t < g.length; t++) {
                    double w = Math.exp(r.logProbs()[t] - r.collision()[t]);
                    weights += w;
                    loss -= w * r.logProbs()[t] / batch.tokens();
                    g[t] = -w / batch.tokens();
                }
                gradients.add(new double[][] {g});
            }
            return new Evaluation(loss, gradients, Map.of("weights", new Mean(weights, part.stream().mapToInt(e -> e.responses().get(0).length()).sum())));
        }
    }

    /** KTO with one more shift that runs from batch to batch: L = mean(1 − σ(±β(d − z − δ))), z = max(0, mean of mismatched d), δ ← 0.8δ + 0.2·mean d. */
    record CoupledLoss() implements Loss {
        private static final double BETA = 0.3;

        @Override
        public String name() {
            return "coupled";
        }

        @Override
        public Needs needs() {
            return new Needs(Needs.Arity.UNPAIRED, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.MISMATCHED, Needs.Extra.BATCH);
        }

        @Override
        public double[] initialState() {
            return new double[] {0.25};
        }

        @Override
        public Evaluation evaluate(List<Example> part, Batch batch) {
            double z = 0;
            double mean = 0;
            for (Example e : part) {
                mean += ratio(e, 0) / batch.examples();
                z += ratio(e, 1) / batch.examples();
            }
            z = Math.max(0, z);
            double loss = 0;
            double delta = batch.state()[0];
            List<double[][]> gradients = new ArrayList<>();
            for (Example e : part) {
                double sign = e.responses().get(0).label() ? 1 : -1;
                double s = 1 / (1 + Math.exp(-sign * BETA * (ratio(e, 0) - z - delta)));
                loss += (1 - s) / batch.examples();
                double[] g = new double[e.responses().get(0).length()];
                java.util.Arrays.fill(g, -sign * BETA * s * (1 - s) / batch.examples());
                gradients.add(new double[][] {g, new double[e.responses().get(1).length()]});
            }
            return new Evaluation(loss, gradients, Map.of("delta", Mean.of(delta), "z", Mean.of(z)), new double[] {0.8 * delta + 0.2 * mean});
        }

        private static double ratio(Example e, int response) {
            return e.responses().get(response).sum() - e.responses().get(response).referenceSum();
        }
    }
}
