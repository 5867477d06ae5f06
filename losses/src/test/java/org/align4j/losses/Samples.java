package org.align4j.losses;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.losses.Example.Response;
import org.align4j.losses.Needs.Arity;
import org.align4j.losses.Needs.Extra;

/** Random examples of the kind a loss asks for, and variations of them. */
final class Samples {
    private Samples() {
    }

    /** How many responses of an example a loss looks at: the rest may be anything. */
    static int used(Needs needs, int given) {
        return switch (needs.arity()) {
            case SINGLE -> 1;
            case PAIR, LIST -> given;
            case UNPAIRED -> needs.needs(Extra.MISMATCHED) ? 2 : 1;
        };
    }

    static int responses(Needs needs) {
        return switch (needs.arity()) {
            case SINGLE, PAIR -> 2;
            case LIST -> 4;
            case UNPAIRED -> needs.needs(Extra.MISMATCHED) ? 2 : 1;
        };
    }

    /** Examples with everything a loss may need; better scores first, labels of both kinds. */
    static List<Example> batch(Random random, Needs needs, int responses, int examples) {
        List<Example> batch = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            List<Response> all = new ArrayList<>();
            double score = 1;
            for (int r = 0; r < responses; r++) {
                int n = 1 + random.nextInt(6);
                score *= 0.2 + 0.7 * random.nextDouble();
                all.add(new Response(random.doubles(n, -3, -0.2).toArray(), needs.reference() ? random.doubles(n, -3, -0.2).toArray() : null, score, i % 2 == 0,
                        random.doubles(n, 0.5, 2).toArray(), random.doubles(n, -2, -0.1).toArray()));
            }
            batch.add(new Example(all, needs.needs(Extra.PROMPT) ? random.doubles(1 + random.nextInt(4), -3, -0.2).toArray() : null));
        }
        return batch;
    }

    /** Every response one token, its log-probability and that of the reference from the bits of {@code choice}: 0 or {@code depth}. */
    static Example extreme(Needs needs, int responses, int choice, double depth) {
        List<Response> all = new ArrayList<>();
        for (int r = 0; r < responses; r++) {
            double lp = (choice >> 2 * r & 1) == 0 ? 0 : depth;
            double ref = (choice >> 2 * r + 1 & 1) == 0 ? 0 : depth;
            all.add(new Response(new double[] {lp}, needs.reference() ? new double[] {ref} : null, 1.0 / (r + 1), choice % 3 == 0, null, new double[] {-0.5}));
        }
        return new Example(all, needs.needs(Extra.PROMPT) ? new double[] {-1} : null);
    }

    /** The batch with one response of one example replaced. */
    static List<Example> with(List<Example> batch, int example, int response, Response replacement) {
        List<Example> changed = new ArrayList<>(batch);
        List<Response> responses = new ArrayList<>(batch.get(example).responses());
        responses.set(response, replacement);
        changed.set(example, new Example(responses, batch.get(example).prompt()));
        return changed;
    }

    static Response logProbs(Response r, double[] value) {
        return new Response(value, r.reference(), r.score(), r.label(), r.weights(), r.collision());
    }

    static Response reference(Response r, double[] value) {
        return new Response(r.logProbs(), value, r.score(), r.label(), r.weights(), r.collision());
    }

    static double[] last(double[] a, double value) {
        double[] b = a.clone();
        b[b.length - 1] = value;
        return b;
    }

    /** Everything in a batch, digit by digit. */
    static String print(List<Example> batch) {
        StringBuilder s = new StringBuilder();
        for (Example e : batch) {
            s.append(Arrays.toString(e.prompt()));
            for (Response r : e.responses()) {
                s.append(Arrays.toString(r.logProbs())).append(Arrays.toString(r.reference())).append(r.score()).append(r.label())
                        .append(Arrays.toString(r.weights())).append(Arrays.toString(r.collision())).append('\n');
            }
        }
        return s.toString();
    }

    static boolean compares(Needs needs) {
        return needs.arity() == Arity.PAIR || needs.arity() == Arity.LIST;
    }
}
