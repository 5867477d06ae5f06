package org.align4j.recipes.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.pair.AotLoss;
import org.align4j.losses.pair.ApoDownLoss;
import org.align4j.losses.pair.ApoZeroLoss;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.DiscoPopLoss;
import org.align4j.losses.pair.Divergence;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.pair.DpoNormLoss;
import org.align4j.losses.pair.DpopLoss;
import org.align4j.losses.pair.ExoLoss;
import org.align4j.losses.pair.FDpoLoss;
import org.align4j.losses.pair.IpoLoss;
import org.align4j.losses.pair.LdDpoLoss;
import org.align4j.losses.pair.MarginDpoLoss;
import org.align4j.losses.pair.MinorDpoLoss;
import org.align4j.losses.pair.NcaLoss;
import org.align4j.losses.pair.RobustDpoLoss;
import org.align4j.losses.pair.RpoLoss;
import org.align4j.losses.pair.RsoHingeNormLoss;
import org.align4j.losses.pair.RsoSigmoidNormLoss;
import org.align4j.losses.pair.ScaledDpoLoss;
import org.align4j.losses.pair.Shape;
import org.align4j.losses.pair.SppoLoss;
import org.align4j.losses.pair.WpoLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/**
 * Direct preference optimization (Rafailov et al. 2023) and its kin: functions of the log-ratios of two responses to a reference, or a weighted
 * sum of several. A setting that no chosen loss reads is refused; one that several read is the same for all of them.
 */
@Doc("Direct preference optimization on compared responses, with any loss of the family, or several with weights.")
@Terse
public record Dpo(
        @Doc("The loss, or a list of losses that are added up with weights.") @Default("dpo") @OneOrMany @Range(min = 1, max = 20) @Synonyms({"loss_type", "pref_loss", "rl"})
                List<DpoVariant> loss,
        @Doc("Weight of each loss of a list. Null for 1 each.") @Range(above = 0) @Synonyms("loss_weights") Optional<List<Double>> weights,
        @Doc("Strength of the tie to the reference: 0.1 unless given, 5 for dpo_norm.") @Range(above = 0) @Synonyms({"pref_beta", "rl_beta", "dpo_beta"}) Optional<Double> beta,
        @Doc("Assumed probability that a label is wrong: 0 for dpo, wpo and aot, 0.1 for robust_dpo, 0.001 for exo unless given.") @Range(min = 0, below = 0.5)
                Optional<Double> labelSmoothing,
        @Doc("ipo: the target is 1/(2τ), 0.1 unless given; discopop: temperature of the mixture, 0.05.") @Range(above = 0) @Synonyms("discopop_tau") Optional<Double> tau,
        @Doc("rso_hinge_norm, rso_sigmoid_norm: scale of the margin, 0.05 unless given.") @Range(above = 0) Optional<Double> gamma,
        @Doc("ld_dpo: part of the longer response's surplus that counts, 0.5 unless given.") @Range(min = 0, max = 1) @Synonyms("ld_alpha") Optional<Double> alpha,
        @Doc("dpop: weight of the penalty on a falling chosen response, 50 unless given.") @Range(min = 0) @Synonyms("dpop_lambda") Optional<Double> lambda,
        @Doc("rpo: weight of imitating the chosen response, 1 unless given.") @Range(min = 0) @Synonyms({"rpo_alpha", "pref_ftx", "sft_weight", "nll_loss_coef"}) Optional<Double> nllWeight,
        @Doc("f_dpo: the divergence, reverse_kl unless given.") @Synonyms("f_divergence_type") Optional<DivergenceKind> divergence,
        @Doc("f_dpo with divergence alpha: its order, 0.5 unless given.") @Range(above = 0, below = 1) @Synonyms("f_alpha_divergence_coef") Optional<Double> divergenceAlpha,
        @Doc("f_dpo: shape of the loss, sigmoid unless given.") Optional<Shape> shape,
        @Doc("ipo: whether log-ratios are sums or means over tokens; mean unless given.") Optional<SumOrMean> reduction,
        @Doc("bco_pair: subtract the running mean of the rewards; true unless given.") Optional<Boolean> runningShift,
        @Doc("aot: compare sorted margins (true, the default) or sorted rewards of chosen and rejected responses apart.") Optional<Boolean> paired,
        @Doc("dpo: take the reference to be uniform, so that none is loaded; false unless given.") Optional<Boolean> referenceFree,
        @Doc("Where reference log-probabilities come from: cached unless given, null with reference_free.")
                @Synonyms({"ref_model", "reference_model", "precompute_ref_log_probs", "sync_ref_model"}) Optional<ReferenceSpec> reference,
        @Inline(defaults = {"learning_rate=1e-6"}) Training training)
        implements LossStage, Checked {

    public Dpo {
        Variants v = new Variants(loss);
        beta = v.fill("beta", beta);
        labelSmoothing = v.fill("label_smoothing", labelSmoothing);
        tau = v.fill("tau", tau);
        gamma = v.fill("gamma", gamma);
        alpha = v.fill("alpha", alpha);
        lambda = v.fill("lambda", lambda);
        nllWeight = v.fill("nll_weight", nllWeight);
        divergence = v.fill("divergence", divergence);
        divergenceAlpha = divergence.filter(DivergenceKind.ALPHA::equals).isPresent() ? v.fill("divergence_alpha", divergenceAlpha) : divergenceAlpha;
        shape = v.fill("shape", shape);
        reduction = v.fill("reduction", reduction);
        runningShift = v.fill("running_shift", runningShift);
        paired = v.fill("paired", paired);
        referenceFree = v.fill("reference_free", referenceFree);
        reference = reference.isEmpty() && !unreferenced(loss, referenceFree) ? Optional.of(new ReferenceSpec.Cached()) : reference;
    }

    /** Whether no loss reads reference log-probabilities. */
    private static boolean unreferenced(List<DpoVariant> loss, Optional<Boolean> referenceFree) {
        return loss.stream().allMatch(v -> v == DpoVariant.SFT || v == DpoVariant.DPO && referenceFree.orElse(false));
    }

    @Override
    public void check(Findings f) {
        new Variants(loss).check(f, DpoVariant.values(), settings());
        if (reference.isPresent() && referenceFree.orElse(false) && unreferenced(loss, referenceFree)) {
            f.problem("reference", "reference has no effect with reference_free", "remove one of them");
        }
        if (loss.equals(List.of(DpoVariant.SFT))) {
            f.problem("loss", "sft is a part of a mixture here", "use an sft stage, or list it beside another loss");
        }
        if (weights.isPresent() && loss.size() == 1) {
            f.problem("weights", "weights has no effect with a single loss", "remove it, or change learning_rate");
        } else if (weights.isPresent() && weights.get().size() != loss.size()) {
            f.problem("weights", "weights must have one number for each of the " + loss.size() + " losses, found " + weights.get().size(), "");
        }
        if (loss.stream().distinct().count() < loss.size()) {
            f.problem("loss", "loss names the same loss twice", "name it once, with a weight");
        }
        if (divergenceAlpha.isPresent() && divergence.isPresent() && divergence.get() != DivergenceKind.ALPHA) {
            f.problem("divergence_alpha", "divergence_alpha has no effect with divergence " + divergence.get().name().toLowerCase(Locale.ROOT),
                    "remove it, or choose divergence: alpha");
        }
    }

    private Map<String, Optional<?>> settings() {
        Map<String, Optional<?>> m = new LinkedHashMap<>();
        m.put("beta", beta);
        m.put("label_smoothing", labelSmoothing);
        m.put("tau", tau);
        m.put("gamma", gamma);
        m.put("alpha", alpha);
        m.put("lambda", lambda);
        m.put("nll_weight", nllWeight);
        m.put("divergence", divergence);
        m.put("divergence_alpha", divergenceAlpha);
        m.put("shape", shape);
        m.put("reduction", reduction);
        m.put("running_shift", runningShift);
        m.put("paired", paired);
        m.put("reference_free", referenceFree);
        return m;
    }

    @Override
    public Loss objective() {
        if (loss.size() == 1) {
            return build(loss.get(0));
        }
        List<Mixture.Part> parts = new ArrayList<>();
        for (int i = 0; i < loss.size(); i++) {
            parts.add(new Mixture.Part(build(loss.get(i)), weights.isPresent() ? weights.get().get(i) : 1));
        }
        return new Mixture(parts);
    }

    private Loss build(DpoVariant v) {
        return switch (v) {
            case DPO -> new DpoLoss(beta(v), smoothing(v), Variants.value(v, "reference_free", referenceFree));
            case ROBUST_DPO -> new RobustDpoLoss(beta(v), smoothing(v));
            case IPO -> new IpoLoss(Variants.value(v, "tau", tau), Variants.value(v, "reduction", reduction).reduction());
            case F_DPO -> new FDpoLoss(distance(), Variants.value(v, "shape", shape), beta(v));
            case RSO_HINGE_NORM -> new RsoHingeNormLoss(Variants.value(v, "gamma", gamma));
            case RSO_SIGMOID_NORM -> new RsoSigmoidNormLoss(Variants.value(v, "gamma", gamma));
            case DPO_NORM -> new DpoNormLoss(beta(v));
            case EXO -> new ExoLoss(beta(v), smoothing(v));
            case NCA -> new NcaLoss(beta(v));
            case BCO_PAIR -> new BcoPairLoss(beta(v), Variants.value(v, "running_shift", runningShift));
            case SPPO -> new SppoLoss(beta(v));
            case AOT -> new AotLoss(beta(v), smoothing(v), Variants.value(v, "paired", paired));
            case APO_ZERO -> new ApoZeroLoss(beta(v));
            case APO_DOWN -> new ApoDownLoss(beta(v));
            case DISCOPOP -> new DiscoPopLoss(beta(v), Variants.value(v, "tau", tau));
            case MINOR_DPO -> new MinorDpoLoss(beta(v));
            case LD_DPO -> new LdDpoLoss(beta(v), Variants.value(v, "alpha", alpha));
            case RPO -> new RpoLoss(beta(v), Variants.value(v, "nll_weight", nllWeight));
            case DPOP -> new DpopLoss(beta(v), Variants.value(v, "lambda", lambda));
            case SCALED_DPO -> new ScaledDpoLoss(beta(v));
            case MARGIN_DPO -> new MarginDpoLoss(beta(v));
            case WPO -> new WpoLoss(new DpoLoss(beta(v), smoothing(v), false));
            case SFT -> new NllLoss();
        };
    }

    private double beta(DpoVariant v) {
        return Variants.value(v, "beta", beta);
    }

    private double smoothing(DpoVariant v) {
        return Variants.value(v, "label_smoothing", labelSmoothing);
    }

    private Divergence distance() {
        return switch (divergence.orElse(DivergenceKind.REVERSE_KL)) {
            case REVERSE_KL -> Divergence.reverseKl();
            case FORWARD_KL -> Divergence.forwardKl();
            case JS -> Divergence.js();
            case ALPHA -> Divergence.alpha(Variants.value(DpoVariant.F_DPO, "divergence_alpha", divergenceAlpha));
        };
    }

    @Override
    public DataKind data() {
        return DataKind.COMPARISONS;
    }
}
