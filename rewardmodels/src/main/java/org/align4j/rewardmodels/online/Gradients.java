package org.align4j.rewardmodels.online;

import java.util.List;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.losses.policy.PolicyEvaluation;
import org.align4j.losses.policy.ScorePlace;

/** Takes a mini-batch's loss back to the parameters of policy and value function. */
final class Gradients {
    private final Transformer policy;
    private final Critic critic;
    private final ScorePlace place;

    /**
     * @param critic null where there is none
     * @param place  at which states values are wanted; null without a value function
     */
    Gradients(Transformer policy, Critic critic, ScorePlace place) {
        this.policy = policy;
        this.critic = critic;
        this.place = place;
    }

    /** Sets the gradients of a mini-batch's loss, piece by piece. */
    UpdateSums of(Rollouts rollouts, Objective.Targets targets, List<Piece> pieces) {
        policy.gradients().clear();
        if (critic != null) {
            critic.clear();
        }
        UpdateSums sums = new UpdateSums(rollouts, pieces, place);
        for (Piece piece : pieces) {
            add(piece, targets, sums);
        }
        return sums;
    }

    private void add(Piece piece, Objective.Targets targets, UpdateSums sums) {
        boolean both = critic != null && critic.shared();
        PackedBatch packed = both ? piece.reading(Critic.reads(place), true) : piece.packed();
        try (ForwardPass pass = policy.forward(packed)) {
            double[][] logProbs = piece.rows(packed, pass.logProbs());
            PolicyEvaluation e = targets.policy(piece.responses(), logProbs, sums.tokens());
            sums.add(piece, logProbs, e);
            float[] hidden = null;
            if (both) {
                PolicyEvaluation v = targets.value(piece.responses(), critic.values(pass, packed, place), sums.states());
                sums.addValue(v, targets.valueCoefficient());
                hidden = critic.backward(packed, place, v.times(targets.valueCoefficient()).gradients());
            }
            pass.backward(piece.flat(packed, e.gradients()), hidden);
        }
        if (critic != null && !both) {
            sums.addValue(critic.learn(piece, targets, place, sums.states()), targets.valueCoefficient());
        }
    }
}
