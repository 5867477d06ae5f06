package org.align4j.rewardmodels.model;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.train.Reference;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.Needs.Arity;
import org.align4j.losses.Needs.Extra;

/**
 * A loss of the language model beside that of its head, as direct preference heads are trained: supervised finetuning on the chosen responses, or DPO and
 * its kin on the pairs.
 *
 * @param loss      over single responses (the first of every group) or pairs, with no need but a reference, scores or a term that imitates
 * @param reference null where the loss needs none
 */
public record LanguageObjective(Loss loss, Reference reference) {

    public LanguageObjective {
        Needs needs = loss.needs();
        if (needs.arity() != Arity.SINGLE && needs.arity() != Arity.PAIR) {
            throw new IllegalArgumentException("Beside a head the language model learns from single responses or pairs, " + loss.name() + " from " + needs.arity());
        }
        for (Extra e : new Extra[] {Extra.PROMPT, Extra.MISMATCHED, Extra.COLLISION, Extra.BATCH}) {
            if (needs.needs(e)) {
                throw new IllegalArgumentException("Beside a head the language model cannot learn by " + loss.name() + ", which needs " + e);
            }
        }
        if (needs.reference() && reference == null) {
            throw new IllegalArgumentException(loss.name() + " needs a reference");
        }
    }

    private boolean single() {
        return loss.needs().arity() == Arity.SINGLE;
    }

    /** What the loss has to know of a whole batch. */
    Batch whole(List<Group> groups, double[] state) {
        long responses = 0;
        long first = 0;
        long tokens = 0;
        for (Group g : groups) {
            int n = single() ? 1 : g.responses().size();
            responses += n;
            first += g.responses().get(0).ids().length;
            for (int r = 0; r < n; r++) {
                tokens += g.responses().get(r).ids().length;
            }
        }
        return new Batch(groups.size(), responses, first, tokens, 0, state);
    }

    /**
     * Evaluates part of a batch.
     *
     * @param gradient receives ∂loss/∂(log-probability) of every target, times {@code weight}
     */
    Evaluation evaluate(int[] indices, PackedBatch packed, double[] logProbs, Batch whole, double weight, double[] gradient) {
        double[] ref = loss.needs().reference() ? reference.logProbs(indices, packed) : null;
        List<Example> examples = new ArrayList<>();
        for (int g = 0; g < indices.length; g++) {
            List<Example.Response> responses = new ArrayList<>();
            for (int r = 0; r < (single() ? 1 : 2); r++) {
                Group.Response given = packed.groups().get(g).responses().get(r);
                responses.add(new Example.Response(packed.slice(logProbs, g, r), ref == null ? null : packed.slice(ref, g, r), given.score(), given.label(), given.weights(), null));
            }
            examples.add(new Example(responses));
        }
        Evaluation e = loss.evaluate(examples, whole);
        for (int g = 0; g < indices.length; g++) {
            double[][] parts = e.gradients().get(g);
            for (int r = 0; r < parts.length; r++) {
                for (int t = 0; t < parts[r].length; t++) {
                    gradient[packed.starts()[g][r] + t] = weight * parts[r][t];
                }
            }
        }
        return e;
    }
}
