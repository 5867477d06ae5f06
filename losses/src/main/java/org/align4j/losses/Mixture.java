package org.align4j.losses;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.losses.internal.Checks;

/**
 * A weighted sum of losses on the same examples:
 *
 * <pre>  L = Σ_k w_k·L_k      ∂L/∂log π = Σ_k w_k·∂L_k/∂log π</pre>
 *
 * <p>For example TRL's {@code loss_type: [sigmoid, sft]} with {@code loss_weights}, or mixed preference optimization (0.8 DPO, 0.2 BCO, 1 SFT;
 * Wang et al., <a href="https://arxiv.org/abs/2411.10442">Enhancing the Reasoning Ability of Multimodal Large Language Models via Mixed Preference
 * Optimization</a>, 2024). The parts have to be for examples of the same kind, except that a loss of single responses goes with pairs and lists, of
 * which it takes the first. It needs what its parts need, and the whole batch if one of them does; their states are concatenated.
 *
 * <p>Metrics are those of the parts, of the first part where two report the same, and {@code loss/<name>} for every part's own loss, unweighted; the
 * second part of a name becomes {@code <name>_2}.
 *
 * @param parts at least one loss with its weight
 */
public record Mixture(List<Part> parts) implements Loss {

    /**
     * One loss of the sum.
     *
     * @param loss   the loss
     * @param weight its weight, &gt; 0
     */
    public record Part(Loss loss, double weight) {
        public Part {
            Checks.given("mixture", "loss", loss);
            Checks.positive("mixture", "weight of " + loss.name(), weight);
        }
    }

    public Mixture {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("mixture: at least one loss is required, found none");
        }
        Needs main = main(parts);
        for (Part p : parts) {
            Needs.Arity arity = p.loss().needs().arity();
            boolean first = arity == Needs.Arity.SINGLE && main.arity() != Needs.Arity.UNPAIRED;
            if (arity != main.arity() && !first) {
                throw new IllegalArgumentException("mixture: " + p.loss().name() + " is for examples of kind " + arity
                        + " and does not go with losses for " + main.arity());
            }
        }
    }

    /** The losses with their weights, in order. */
    public static Mixture of(List<Loss> losses, double... weights) {
        if (losses.size() != weights.length) {
            throw new IllegalArgumentException("mixture: " + losses.size() + " losses need as many weights, found " + weights.length);
        }
        List<Part> parts = new ArrayList<>();
        for (int k = 0; k < weights.length; k++) {
            parts.add(new Part(losses.get(k), weights[k]));
        }
        return new Mixture(parts);
    }

    @Override
    public String name() {
        return "mixture";
    }

    @Override
    public Needs needs() {
        Needs needs = main(parts);
        for (Part p : parts) {
            needs = needs.and(p.loss().needs());
        }
        return needs;
    }

    @Override
    public double[] initialState() {
        return parts.stream().flatMapToDouble(p -> Arrays.stream(p.loss().initialState())).toArray();
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        if (batch.state().length != initialState().length) {
            throw new IllegalArgumentException("mixture: the state must have " + initialState().length + " numbers, found " + batch.state().length
                    + "; the first batch takes initialState()");
        }
        double share = 0;
        List<double[][]> gradients = new ArrayList<>();
        part.forEach(e -> gradients.add(new double[0][]));
        Map<String, Mean> own = new LinkedHashMap<>();
        Map<String, Mean> metrics = new LinkedHashMap<>();
        double[] state = new double[0];
        Set<String> names = new HashSet<>();
        for (Part p : parts) {
            int offset = state.length;
            int length = p.loss().initialState().length;
            Evaluation e = p.loss().evaluate(part, batch.withState(Arrays.copyOfRange(batch.state(), offset, offset + length)));
            share += p.weight() * e.loss();
            for (int i = 0; i < part.size(); i++) {
                gradients.set(i, sum(gradients.get(i), e.gradients().get(i), p.weight()));
            }
            own.put("loss/" + unique(names, p.loss().name()), new Mean(e.loss(), part.size() / (double) batch.examples()));
            e.metrics().forEach(metrics::putIfAbsent);
            state = Arrays.copyOf(state, offset + length);
            System.arraycopy(e.state(), 0, state, offset, length);
        }
        own.forEach(metrics::putIfAbsent);
        return new Evaluation(share, gradients, metrics, state);
    }

    /** The needs of the first part that is not for single responses, or else of the first part. */
    private static Needs main(List<Part> parts) {
        return parts.stream().map(p -> p.loss().needs()).filter(n -> n.arity() != Needs.Arity.SINGLE).findFirst().orElse(parts.get(0).loss().needs());
    }

    private static String unique(Set<String> taken, String name) {
        String free = name;
        for (int k = 2; !taken.add(free); k++) {
            free = name + "_" + k;
        }
        return free;
    }

    /** a + weight·b, row by row; a row that one of them lacks (a prompt's) is 0 there. */
    private static double[][] sum(double[][] a, double[][] b, double weight) {
        double[][] s = Arrays.copyOf(a, Math.max(a.length, b.length));
        for (int r = 0; r < b.length; r++) {
            if (s[r] == null) {
                s[r] = new double[b[r].length];
            }
            for (int t = 0; t < b[r].length; t++) {
                s[r][t] += weight * b[r][t];
            }
        }
        return s;
    }
}
