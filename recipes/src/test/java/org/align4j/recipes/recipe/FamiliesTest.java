package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.losses.Kl;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.pair.AlphaPoLoss;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.CpoLoss;
import org.align4j.losses.pair.Divergence;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.pair.DpoNormLoss;
import org.align4j.losses.pair.FDpoLoss;
import org.align4j.losses.pair.IpoLoss;
import org.align4j.losses.pair.OrpoLoss;
import org.align4j.losses.pair.RsoHingeLoss;
import org.align4j.losses.pair.Shape;
import org.align4j.losses.pair.SimPoLoss;
import org.align4j.losses.pair.SlicHfLoss;
import org.align4j.losses.supervised.DistillationLoss;
import org.align4j.losses.supervised.KlAnchoredLoss;
import org.align4j.losses.supervised.MinorSftLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.losses.supervised.UnlikelihoodLoss;
import org.align4j.losses.unpaired.KtoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stages make of their settings: the loss, its reference, and the refusal of what would have no effect. */
class FamiliesTest {
    private static final String HEAD = "name: x\nmodel: {path: m}\ndata: {sft: {path: s}, preferences: {path: p}}\nstages:\n";

    private static LossStage stage(String text) {
        return Examples.losses(Examples.parse(HEAD + "  - " + text + "\n")).get(0);
    }

    @Test
    void settingsReachTheLosses() {
        List<Loss> losses = Examples.losses(Examples.parse(Examples.FAMILIES)).stream().map(LossStage::objective).toList();
        assertEquals(List.of(
                new MinorSftLoss(0.1, Reduction.MEAN), new KlAnchoredLoss(0.5, Kl.K2), new DistillationLoss(0.5), new IpoLoss(0.2, Reduction.MEAN),
                Mixture.of(List.of(new DpoLoss(), new BcoPairLoss(), new NllLoss()), 0.8, 0.2, 1), Mixture.of(List.of(new DpoLoss(), new DpoNormLoss()), 1, 1),
                new FDpoLoss(Divergence.alpha(0.5), Shape.HINGE, 0.1), new NllLoss(), new DpoLoss(), new NllLoss(), new SlicHfLoss(1, 0.1, Reduction.SUM), new RsoHingeLoss(0.1), new OrpoLoss(0.2, true),
                new CpoLoss(0.1, Shape.HINGE, 0, 1), new SimPoLoss(), new AlphaPoLoss(), new LambdaLoss(0.05, LambdaLoss.Discount.LN), new KtoLoss(0.1, 1.3, 1),
                new UnlikelihoodLoss(1)), losses);
    }

    /** A single loss's defaults are those of its record, and it loads a reference exactly when it needs one. */
    @ParameterizedTest
    @EnumSource(value = DpoVariant.class, mode = EnumSource.Mode.EXCLUDE, names = "SFT")
    void defaultsAreThoseOfTheLosses(DpoVariant v) throws ReflectiveOperationException {
        LossStage stage = stage("dpo: {loss: " + v.key() + "}");
        Loss loss = stage.objective();
        assertEquals(loss.getClass().getConstructor().newInstance(), loss);
        assertEquals(v.key(), loss.name());
        assertEquals(loss.needs().reference(), stage.reference().isPresent());
    }

    /** The same for stages of one loss, and for the first loss of the others. */
    @ParameterizedTest
    @ValueSource(strings = {"sft", "dpo", "slic", "orpo", "cpo", "simpo", "alphapo", "lipo", "kto", "unlikelihood"})
    void defaultsOfStagesAreThoseOfTheirLosses(String kind) throws ReflectiveOperationException {
        Loss loss = stage(kind + ": {}").objective();
        assertEquals(loss.getClass().getConstructor().newInstance(), loss);
    }

    @Test
    void stagesWithoutReferenceLoadNone() {
        for (LossStage s : Examples.losses(Examples.parse(Examples.FAMILIES))) {
            assertEquals(s.objective().needs().reference(), s.reference().isPresent(), s.kind());
        }
        assertTrue(stage("dpo: {reference_free: true}").reference().isEmpty());
        assertEquals(Optional.of(new ReferenceSpec.Cached()), stage("dpo: {loss: [dpo, ipo], reference_free: true}").reference());
        assertEquals(Optional.of(new ReferenceSpec.Sync(0.6, 512)), stage("dpo: {reference: sync}").reference());
    }

    @Test
    void labelsComeFromPreferencesWhereNoneAreGiven() {
        Recipe r = Examples.parse(HEAD + "  - kto: {}\n");
        assertEquals(r.data().preferences(), Examples.losses(r).get(0).data().source(r.data()));
        Recipe own = Examples.parse(HEAD.replace("data: {", "data: {unpaired: {path: u}, ") + "  - kto: {}\n");
        assertEquals(own.data().unpaired(), Examples.losses(own).get(0).data().source(own.data()));
        assertEquals(List.of("recipe.yaml:5:5: the kto stage needs data.unpaired (or data.preferences), which is not given; add it under data"),
                Examples.problems(HEAD.replace(", preferences: {path: p}", "") + "  - kto: {}\n"));
    }

    @Test
    void aKeptAdapterIsGoneOnWith() {
        String two = HEAD + "  - sft: {adapter: {then: keep}}\n  - dpo: {%s}\n";
        assertEquals(List.of(), Examples.problems(two.formatted("adapter: {previous: true}")));
        for (String other : List.of("", "adapter: {rank: 4}")) {
            List<String> problems = Examples.problems(two.formatted(other));
            assertEquals(1, problems.size());
            assertTrue(problems.get(0).endsWith("the sft stage keeps its adapter for this one; go on with it (adapter: {previous: true}), or let that stage have then: merge"),
                    problems.get(0));
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("dpo: {loss: ipo, label_smoothing: 0.1}", 22,
                        "label_smoothing has no effect with loss ipo; remove it, or choose a loss that reads it: dpo, robust_dpo, exo, aot, wpo"),
                Arguments.of("dpo: {loss: ipo, beta: 0.1}", 22, "beta has no effect with loss ipo; remove it, or choose a loss that reads it: dpo, robust_dpo, f_dpo, dpo_norm, exo,"
                        + " nca, bco_pair, sppo, aot, apo_zero, apo_down, discopop, minor_dpo, ld_dpo, rpo, dpop, scaled_dpo, margin_dpo, wpo"),
                Arguments.of("dpo: {loss: sigmoid}", 17, "stages[0].dpo.loss must be one of %s, found 'sigmoid'; did you mean 'dpo'?"),
                Arguments.of("dpo: {loss_type: ipo}", 11, "unknown key 'loss_type' in stages[0].dpo; did you mean 'loss'?"),
                Arguments.of("dpo: {loss: sft}", 11, "sft is a part of a mixture here; use an sft stage, or list it beside another loss"),
                Arguments.of("dpo: {weights: [1]}", 11, "weights has no effect with a single loss; remove it, or change learning_rate"),
                Arguments.of("dpo: {loss: [dpo, ipo], weights: [1]}", 29, "weights must have one number for each of the 2 losses, found 1"),
                Arguments.of("dpo: {loss: [dpo, dpo]}", 11, "loss names the same loss twice; name it once, with a weight"),
                Arguments.of("dpo: {loss: f_dpo, divergence_alpha: 0.2}", 24,
                        "divergence_alpha has no effect with divergence reverse_kl; remove it, or choose divergence: alpha"),
                Arguments.of("dpo: {reference: {soup: {models: [a, b], weights: [1, 1]}}}", 46, "the weights of a soup must add up to 1, found [1.0, 1.0]"),
                Arguments.of("dpo: {reference: soup}", 22, "stages[0].dpo.reference: 'soup' needs models; write 'soup: {models: …}'"),
                Arguments.of("dpo: {reference: adapter_off}", 11, "reference adapter_off needs an adapter that can be off; add adapter, or choose cached or frozen"),
                Arguments.of("dpo: {reference: sync, adapter: {}}", 11,
                        "a reference with an adapter can only be replaced as a whole, not mixed, found alpha 0.6; write reference: {sync: {alpha: 1}}"),
                Arguments.of("sft: {lisa: {}, adapter: {}}", 11, "lisa chooses which weights are trained, and with adapter none is; remove one of them"),
                Arguments.of("sft: {adapter: {previous: true}}", 21,
                        "there is no stage before that keeps an adapter; let the stage before have adapter: {then: keep}, or remove previous"),
                Arguments.of("sft: {adapter: {init: a, rank: 8}}", 30, "rank has no effect on an adapter that comes from init; remove it"),
                Arguments.of("sft: {adapter: {r: 8}}", 21, "unknown key 'r' in stages[0].sft.adapter; did you mean 'rank'?"),
                Arguments.of("slic: {reference: cached}", 12, "unknown key 'reference' in stages[0].slic; SLiC has no reference policy; remove it"),
                Arguments.of("simpo: {reference: frozen}", 13, "unknown key 'reference' in stages[0].simpo; SimPO has no reference policy; remove it"),
                Arguments.of("simpo: {gamma: 1}", 13, "unknown key 'gamma' in stages[0].simpo; did you mean 'gamma_beta_ratio'?"),
                Arguments.of("slic: {loss: rso_hinge, delta: 2}", 29, "delta has no effect with loss rso_hinge; remove it, or choose a loss that reads it: slic"),
                Arguments.of("cpo: {shape: ipo, label_smoothing: 0.1}", 23, "label_smoothing has no effect with shape ipo; remove it, or choose shape: sigmoid"),
                Arguments.of("orpo: {beta: 0.1}", 12, "unknown key 'beta' in stages[0].orpo; did you mean 'lambda'?"),
                Arguments.of("lipo: {loss: list_mle, discount: ln}", 28, "discount has no effect with loss list_mle; remove it, or choose a loss that reads it: lambda"),
                Arguments.of("kto: {loss: bco, desirable_weight: 2}", 22,
                        "desirable_weight has no effect with loss bco; remove it, or choose a loss that reads it: kto, apo_unpaired"),
                Arguments.of("sft: {reference: cached}", 11, "reference has no effect with loss nll; remove it, or choose a loss that reads it: minor_sft, kl_sft"),
                Arguments.of("sft: {beta: 0.1}", 11, "beta has no effect with loss nll; remove it, or choose a loss that reads it: minor_sft"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whatHasNoEffectIsRefused(String stage, int column, String message) {
        String names = String.join(", ", Stream.of(DpoVariant.values()).map(DpoVariant::key).toList());
        assertEquals(List.of("recipe.yaml:5:" + column + ": " + message.replace("%s", names)), Examples.problems(HEAD + "  - " + stage + "\n"));
    }
}
