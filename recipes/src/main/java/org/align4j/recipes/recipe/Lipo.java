package org.align4j.recipes.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.list.ListMleLoss;
import org.align4j.losses.list.ListNetLoss;
import org.align4j.losses.list.PairHingeLoss;
import org.align4j.losses.list.PairLogisticLoss;
import org.align4j.losses.list.PointMseLoss;
import org.align4j.losses.list.PointSigmoidLoss;
import org.align4j.losses.list.SoftmaxLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/** Listwise preference optimization (LiPO, Liu et al. 2024): learning to rank all responses to a prompt by their scores. */
@Doc("Listwise preference optimization: learning to rank all responses to a prompt.")
@Terse
public record Lipo(
        @Doc("The loss; lambda is LiPO-λ.") @Default("lambda") @Synonyms("loss_type") Variety loss,
        @Doc("Scale of the log-ratios to the reference.") @Default("0.05") @Range(above = 0) double beta,
        @Doc("lambda: base of the discount's logarithm, log2 unless given.") Optional<LambdaLoss.Discount> discount,
        @Doc("softmax: divide a list's labels by their sum; true unless given.") Optional<Boolean> normalised,
        @Doc("Labels: the scores in the data, or the share of the list that a response is ranked above.") @Default("scores") ListLabels labels,
        @Doc("Where reference log-probabilities come from: cached unless given.") @Synonyms({"ref_model", "reference_model", "precompute_ref_log_probs", "sync_ref_model"})
                Optional<ReferenceSpec> reference,
        @Inline(defaults = {"learning_rate=2e-5", "batch_size=32"}) Training training)
        implements LossStage, Checked {

    /** Losses of the lipo stage, functions of scores s = β·log-ratio and labels ψ. */
    public enum Variety implements Variant {
        /** Pairwise logistic, weighted by what a swap would change of the discounted cumulative gain: LiPO-λ. */
        @Synonyms({"lambda_loss", "lambdarank"})
        LAMBDA("discount", LambdaLoss.Discount.LOG2),
        /** Likelihood of the order under Plackett and Luce. */
        @Synonyms({"plackett_luce", "pro"})
        LIST_MLE,
        /** Cross entropy against the softmax of the labels. */
        LISTNET,
        /** Cross entropy against the labels. */
        SOFTMAX("normalised", true),
        /** −log σ(s_i − s_j) over all pairs. */
        PAIR_LOGISTIC,
        /** max(0, 1 − (s_i − s_j)) over all pairs. */
        PAIR_HINGE,
        /** (ψ − s)². */
        POINT_MSE,
        /** Binary cross entropy of σ(s) against ψ. */
        POINT_SIGMOID;

        private final Map<String, Object> settings;

        Variety(Object... settings) {
            this.settings = Variant.settings(settings);
        }

        @Override
        public Map<String, Object> settings() {
            return settings;
        }
    }

    public Lipo {
        Variants v = new Variants(loss);
        discount = v.fill("discount", discount);
        normalised = v.fill("normalised", normalised);
        reference = reference.or(() -> Optional.of(new ReferenceSpec.Cached()));
    }

    @Override
    public void check(Findings f) {
        Map<String, Optional<?>> given = new LinkedHashMap<>();
        given.put("discount", discount);
        given.put("normalised", normalised);
        new Variants(loss).check(f, Variety.values(), given);
    }

    @Override
    public Loss objective() {
        return switch (loss) {
            case LAMBDA -> new LambdaLoss(beta, discount.orElseThrow());
            case LIST_MLE -> new ListMleLoss(beta);
            case LISTNET -> new ListNetLoss(beta);
            case SOFTMAX -> new SoftmaxLoss(beta, normalised.orElseThrow());
            case PAIR_LOGISTIC -> new PairLogisticLoss(beta);
            case PAIR_HINGE -> new PairHingeLoss(beta);
            case POINT_MSE -> new PointMseLoss(beta);
            case POINT_SIGMOID -> new PointSigmoidLoss(beta);
        };
    }

    /** Whether labels have to be in [0, 1]. */
    public boolean needsUnitLabels() {
        return loss == Variety.SOFTMAX || loss == Variety.POINT_SIGMOID || loss == Variety.LAMBDA;
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
