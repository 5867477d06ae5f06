package org.align4j.losses.pair;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.Needs.Extra;
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.supervised.NllLoss;

/** Every loss of pairs with its branches, and examples that have what any of them needs. */
public final class PairLosses {
    private PairLosses() {
    }

    /** With the default hyper-parameters. */
    static List<Loss> defaults() {
        return List.of(new DpoLoss(), new RobustDpoLoss(), new IpoLoss(), new FDpoLoss(), new RsoHingeLoss(), new RsoHingeNormLoss(),
                new RsoSigmoidNormLoss(), new DpoNormLoss(), new SlicHfLoss(), new OrpoLoss(), new CpoLoss(), new SimPoLoss(), new AlphaPoLoss(),
                new MinorDpoLoss(), new LdDpoLoss(), new RpoLoss(), new DpopLoss(), new ExoLoss(), new NcaLoss(), new BcoPairLoss(), new SppoLoss(),
                new AotLoss(), new ApoZeroLoss(), new ApoDownLoss(), new DiscoPopLoss(), new ScaledDpoLoss(), new MarginDpoLoss(), new WpoLoss());
    }

    /** With other hyper-parameters, so that every branch is taken. */
    public static List<Loss> variants() {
        return List.of(new DpoLoss(0.7, 0.3, false), new DpoLoss(0.5, 0.05, true), new RobustDpoLoss(0.4, 0.25), new IpoLoss(0.3, Reduction.SUM),
                new FDpoLoss(Divergence.forwardKl(), Shape.SIGMOID, 0.2), new FDpoLoss(Divergence.js(), Shape.HINGE, 0.3),
                new FDpoLoss(Divergence.alpha(0.5), Shape.IPO, 0.3), new FDpoLoss(Divergence.alpha(2), Shape.SIGMOID, 0.1),
                new FDpoLoss(Divergence.legacyAlpha(0.3), Shape.HINGE, 0.2), new SlicHfLoss(3, 0.5, Reduction.MEAN), new SlicHfLoss(8, 0, Reduction.SUM),
                new OrpoLoss(0.7, true), new CpoLoss(0.3, Shape.HINGE, 0, 0.5), new CpoLoss(0.3, Shape.IPO, 0, 0), new CpoLoss(0.3, Shape.SIGMOID, 0.2, 2),
                new SimPoLoss(1.5, 0.8, 0.1), new AlphaPoLoss(2, 0.3, -0.5), new AlphaPoLoss(2, 0.3, 0), new LdDpoLoss(0.3, 0), new RpoLoss(0.3, 0.2),
                new DpopLoss(0.3, 5), new BcoPairLoss(0.3, false), new AotLoss(0.3, 0.2, false), new DiscoPopLoss(0.2, 0.5),
                new WpoLoss(new SimPoLoss()), new WpoLoss(new ScaledDpoLoss(0.3)),
                Mixture.of(List.of(new DpoLoss(), new BcoPairLoss(), new NllLoss()), 0.8, 0.2, 1),
                Mixture.of(List.of(new NllLoss(), new OrpoLoss(0.2, true), new AotLoss()), 0.5, 1, 0.3));
    }

    /** Pairs of uneven lengths with references, descending scores, collisions and prompts. */
    static List<Example> random(int seed, int count) {
        Random random = new Random(seed);
        List<Example> out = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Example.Response chosen = response(random, 1 + random.nextInt(6)).withScore(2 + random.nextDouble());
            Example.Response rejected = response(random, 1 + random.nextInt(6)).withScore(random.nextDouble());
            out.add(new Example(List.of(chosen, rejected), randoms(random, 2 + random.nextInt(3), 4)));
        }
        return out;
    }

    static Example.Response response(Random random, int length) {
        return new Example.Response(randoms(random, length, 3), randoms(random, length, 3)).withCollision(randoms(random, length, 2));
    }

    static double[] randoms(Random random, int n, double scale) {
        double[] a = new double[n];
        for (int i = 0; i < n; i++) {
            a[i] = -scale * random.nextDouble();
        }
        return a;
    }

    static boolean coupled(Loss loss) {
        return loss.needs().needs(Extra.BATCH);
    }

    /** A pair of one-token responses with these log-probabilities. */
    static Example pair(double w, double rw, double l, double rl) {
        return Example.pair(new Example.Response(new double[] {w}, new double[] {rw}), new Example.Response(new double[] {l}, new double[] {rl}));
    }
}
