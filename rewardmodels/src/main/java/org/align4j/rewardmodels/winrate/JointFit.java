package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.internal.Logistic;

/** The fit of {@link InstructionDifficulty#fit}: a Newton step for each γ_x, then one for each (θ_m, φ_m), until nothing moves; the objective is convex. */
final class JointFit {
    private static final int SWEEPS = 2000;

    private final double ridge;
    private final Map<String, Integer> instructions = new LinkedHashMap<>();
    private final List<Of> models = new ArrayList<>();
    private final double[] gamma;

    JointFit(List<Judgement> judgements, double ridge) {
        this.ridge = ridge;
        judgements.forEach(j -> instructions.putIfAbsent(j.instruction(), instructions.size()));
        gamma = new double[instructions.size()];
        new Judgements(judgements, 0).byModel().values().forEach(list -> models.add(new Of(list)));
    }

    /** One model's judgements and weights. */
    private final class Of {
        private final int[] instruction;
        private final double[] length;
        private final double[] p;
        private double theta;
        private double phi;

        Of(List<Judgement> list) {
            instruction = list.stream().mapToInt(j -> instructions.get(j.instruction())).toArray();
            length = LengthTerm.of(list);
            p = list.stream().mapToDouble(Judgement::preference).toArray();
        }

        double logit(int i) {
            return theta + phi * length[i] + gamma[instruction[i]];
        }

        /** A Newton step for θ and φ; both carry a ridge a thousand times weaker, for models that always win or whose lengths never differ. */
        double step() {
            double weak = 1e-3 * ridge;
            double g0 = weak * theta;
            double g1 = weak * phi;
            double h00 = weak;
            double h01 = 0;
            double h11 = weak;
            for (int i = 0; i < p.length; i++) {
                double q = Logistic.sigmoid(logit(i));
                double curve = q * (1 - q);
                g0 += q - p[i];
                g1 += (q - p[i]) * length[i];
                h00 += curve;
                h01 += curve * length[i];
                h11 += curve * length[i] * length[i];
            }
            double det = h00 * h11 - h01 * h01;
            double moveTheta = bounded(-(h11 * g0 - h01 * g1) / det);
            double movePhi = bounded(-(h00 * g1 - h01 * g0) / det);
            theta += moveTheta;
            phi += movePhi;
            return Math.max(Math.abs(moveTheta), Math.abs(movePhi));
        }
    }

    /** Newton's steps overshoot where the curve is flat. */
    private static double bounded(double step) {
        return Math.max(-2, Math.min(2, step));
    }

    InstructionDifficulty difficulty() {
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double moved = instructionsStep();
            for (Of model : models) {
                moved = Math.max(moved, model.step());
            }
            if (moved < 1e-10) {
                break;
            }
        }
        Map<String, Double> out = new LinkedHashMap<>();
        instructions.forEach((key, i) -> out.put(key, gamma[i]));
        return new InstructionDifficulty(out);
    }

    private double instructionsStep() {
        double[] g = new double[gamma.length];
        double[] h = new double[gamma.length];
        for (Of model : models) {
            for (int i = 0; i < model.p.length; i++) {
                double q = Logistic.sigmoid(model.logit(i));
                g[model.instruction[i]] += q - model.p[i];
                h[model.instruction[i]] += q * (1 - q);
            }
        }
        double moved = 0;
        double mean = 0;
        for (int i = 0; i < gamma.length; i++) {
            double step = bounded(-(g[i] + ridge * gamma[i]) / (h[i] + ridge));
            gamma[i] += step;
            moved = Math.max(moved, Math.abs(step));
            mean += gamma[i] / gamma.length;
        }
        // What all instructions share is the models' θ: said at once, it need not be found step by step.
        for (int i = 0; i < gamma.length; i++) {
            gamma[i] -= mean;
        }
        for (Of model : models) {
            model.theta += mean;
        }
        return moved;
    }
}
