package org.align4j.losses.catalog;

import static org.align4j.losses.catalog.Objective.Paper.arxiv;

import java.util.List;
import org.align4j.losses.Loss;
import org.align4j.losses.catalog.Objective.Paper;
import org.align4j.losses.pair.AlphaPoLoss;
import org.align4j.losses.pair.AotLoss;
import org.align4j.losses.pair.ApoDownLoss;
import org.align4j.losses.pair.ApoZeroLoss;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.CpoLoss;
import org.align4j.losses.pair.DiscoPopLoss;
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
import org.align4j.losses.pair.OrpoLoss;
import org.align4j.losses.pair.RobustDpoLoss;
import org.align4j.losses.pair.RpoLoss;
import org.align4j.losses.pair.RsoHingeLoss;
import org.align4j.losses.pair.RsoHingeNormLoss;
import org.align4j.losses.pair.RsoSigmoidNormLoss;
import org.align4j.losses.pair.ScaledDpoLoss;
import org.align4j.losses.pair.SimPoLoss;
import org.align4j.losses.pair.SlicHfLoss;
import org.align4j.losses.pair.SppoLoss;
import org.align4j.losses.pair.WpoLoss;

/** Objectives on pairs. */
final class PairObjectives {
    private static final Paper RSO = arxiv("Statistical Rejection Sampling Improves Preference Optimization", 2023, "2309.06657");
    private static final Paper APO = arxiv("Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment", 2024,
            "2408.06266");
    private static final Paper HELPSTEER = arxiv("HelpSteer2-Preference: Complementing Ratings with Preferences", 2024, "2410.01257");

    private PairObjectives() {
    }

    static List<Objective> all() {
        return List.of(
                pair(new DpoLoss(), "−(1−ε)·log σ(βh) − ε·log σ(−βh); ε > 0 is conservative DPO",
                        arxiv("Direct Preference Optimization: Your Language Model is Secretly a Reward Model", 2023, "2305.18290"),
                        "TRL `sigmoid` (ε = 0)", "OpenRLHF", "open-instruct `dpo`", "torchtune", "LLaMA-Factory `sigmoid`", "HALOs `dpo`, `cdpo`",
                        "direct-preference-optimization `dpo`", "AlpacaFarm (ε = 0)"),
                pair(new RobustDpoLoss(), "[−(1−ε)·log σ(βh) + ε·log σ(−βh)]/(1−2ε)",
                        arxiv("Provably Robust DPO: Aligning Language Models with Noisy Feedback", 2024, "2403.00409"), "TRL `robust`"),
                pair(new IpoLoss(), "(h − 1/(2τ))², h of sums or of means",
                        arxiv("A General Theoretical Paradigm to Understand Learning from Human Preferences", 2023, "2310.12036"),
                        "TRL `ipo` (means)", "OpenRLHF (sums)", "LLaMA-Factory `ipo` (means)", "HALOs `ipo` (means)",
                        "direct-preference-optimization `ipo` (sums)", "Axolotl `ipo`"),
                pair(new FDpoLoss(), "shape(f'(π/π_ref) of y_w − f'(π/π_ref) of y_l); divergences reverse KL, forward KL, JS, α",
                        arxiv("Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse Divergence Constraints", 2023, "2309.16240"),
                        "TRL `f_divergence_type`"),
                pair(new RsoHingeLoss(), "max(0, 1 − γ(lp_w − lp_l))", RSO, "SimPO `hinge`"),
                pair(new RsoHingeNormLoss(), "max(0, 1 − γh)", RSO, "TRL `hinge`", "torchtune `RSOLoss`", "LLaMA-Factory `hinge`"),
                pair(new RsoSigmoidNormLoss(), "−log σ(γh)", RSO, "all that have DPO"),
                pair(new DpoNormLoss(), "−log σ(β(d_w/n_w − d_l/n_l))",
                        arxiv("Tülu 3: Pushing Frontiers in Open Language Model Post-Training", 2024, "2411.15124"),
                        "TRL `sigmoid_norm`", "open-instruct `dpo_norm`"),
                pair(new SlicHfLoss(), "max(0, δ − lp_w + lp_l) − λ·lp_target",
                        arxiv("SLiC-HF: Sequence Likelihood Calibration with Human Feedback", 2023, "2305.10425"), "HALOs `slic` (fails on shapes)"),
                pair(new OrpoLoss(), "NLL(y_w) − λ·log σ(log odds(y_w) − log odds(y_l)), log odds = m − log(1 − e^m)",
                        arxiv("ORPO: Monolithic Preference Optimization without Reference Model", 2024, "2403.07691"),
                        "TRL (experimental)", "LLaMA-Factory `orpo`", "Axolotl `orpo`"),
                pair(new CpoLoss(), "shape(lp_w − lp_l) + α·NLL(y_w)",
                        arxiv("Contrastive Preference Optimization: Pushing the Boundaries of LLM Performance in Machine Translation", 2024, "2401.08417"),
                        "TRL (experimental)"),
                pair(new SimPoLoss(), "−log σ(β(m_w − m_l − γ/β))",
                        arxiv("SimPO: Simple Preference Optimization with a Reference-Free Reward", 2024, "2405.14734"),
                        "TRL (experimental) `simpo`", "open-instruct `simpo`", "LLaMA-Factory `simpo`", "HALOs `simpo`", "Axolotl `simpo`", "SimPO"),
                pair(new AlphaPoLoss(), "−log σ(β(r_w − r_l − γ/β)), r = (1 − e^(−αm))/α",
                        arxiv("AlphaPO: Reward Shape Matters for LLM Alignment", 2025, "2501.03884"), "TRL (experimental) `alphapo`"),
                pair(new MinorDpoLoss(), "−log σ(β(d_w − max(0, d_l)))",
                        arxiv("Minor DPO reject penalty to increase training robustness", 2024, "2408.09834")),
                pair(new LdDpoLoss(), "−log σ(βh), tokens beyond the shared length times α",
                        arxiv("Length Desensitization in Direct Preference Optimization", 2024, "2409.06411"), "TRL `ld_alpha`", "LLaMA-Factory `ld_alpha`"),
                pair(new RpoLoss(), "−log σ(βh) − α·m_w", arxiv("Iterative Reasoning Preference Optimization", 2024, "2404.19733"),
                        "TRL `[sigmoid, sft]` (mean over tokens)", "OpenRLHF `nll_loss_coef`", "LLaMA-Factory `pref_ftx`", "SimPO `sft_weight`"),
                pair(new DpopLoss(), "−log σ(β(h − λ·max(0, −d_w)))",
                        arxiv("Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive", 2024, "2402.13228")),
                pair(new ExoLoss(), "KL of (σ(βh), σ(−βh)) from (1−ε, ε)",
                        arxiv("Towards Efficient Exact Optimization of Language Model Alignment", 2024, "2402.00856"), "TRL `exo_pair`"),
                pair(new NcaLoss(), "−log σ(βd_w) − ½·log σ(−βd_w) − ½·log σ(−βd_l)",
                        arxiv("Noise Contrastive Alignment of Language Models with Explicit Rewards", 2024, "2402.05369"), "TRL `nca_pair`"),
                pair(new BcoPairLoss(), "−log σ(βd_w − [δ]) − log σ([δ] − βd_l), δ the running mean of rewards, or 0",
                        arxiv("Binary Classifier Optimization for Large Language Model Alignment", 2024, "2404.04656"),
                        "TRL `bco_pair` (δ = 0)", "LLaMA-Factory `pref_bco_weight`"),
                pair(new SppoLoss(), "(d_w − 1/(2β))² + (d_l + 1/(2β))²",
                        arxiv("Self-Play Preference Optimization for Language Model Alignment", 2024, "2405.00675"), "TRL `sppo_hard`"),
                pair(new AotLoss(), "mean_k −log σ(β(u_(k) − v_(k))) of the sorted margins of policy and reference",
                        arxiv("Distributional Preference Alignment of LLMs via Optimal Transport", 2024, "2406.05882"), "TRL `aot`, `aot_unpaired`"),
                pair(new ApoZeroLoss(), "1 − σ(βd_w) + σ(βd_l)", APO, "TRL `apo_zero`"),
                pair(new ApoDownLoss(), "σ(βd_w) + 1 − σ(βh)", APO, "TRL `apo_down`"),
                pair(new DiscoPopLoss(), "−(1−r)·log σ(βh) + r·e^(−βh), r = σ(βh/τ)",
                        arxiv("Discovering Preference Optimization Algorithms with and for Large Language Models", 2024, "2406.08414"), "TRL `discopop`"),
                pair(new ScaledDpoLoss(), "−m·log σ(βh), m the difference of scores", HELPSTEER),
                pair(new MarginDpoLoss(), "−log σ(βh − m), m the difference of scores", HELPSTEER),
                pair(new WpoLoss(), "[w(y_w)·w(y_l)]·inner, w = e^(mean of log π(y_t) − log Σ_v π(v)²)",
                        arxiv("WPO: Enhancing RLHF with Weighted Preference Optimization", 2024, "2406.11827"), "TRL `use_weighting`", "open-instruct (fails on shapes)"));
    }

    private static <T extends Record & Loss> Objective pair(T loss, String formula, Paper paper, String... elsewhere) {
        return Objective.of(Family.PAIR, loss, formula, paper, elsewhere);
    }
}
