package org.align4j.losses.catalog;

import static org.align4j.losses.catalog.Objective.Paper.arxiv;

import java.util.List;
import org.align4j.losses.Mixture;
import org.align4j.losses.catalog.Objective.Paper;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.list.ListMleLoss;
import org.align4j.losses.list.ListNetLoss;
import org.align4j.losses.list.PairHingeLoss;
import org.align4j.losses.list.PairLogisticLoss;
import org.align4j.losses.list.PointMseLoss;
import org.align4j.losses.list.PointSigmoidLoss;
import org.align4j.losses.list.SoftmaxLoss;
import org.align4j.losses.pair.BcoPairLoss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.DftLoss;
import org.align4j.losses.supervised.DistillationLoss;
import org.align4j.losses.supervised.KlAnchoredLoss;
import org.align4j.losses.supervised.MinorSftLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.losses.supervised.UnlikelihoodLoss;
import org.align4j.losses.supervised.WeightedNllLoss;
import org.align4j.losses.unpaired.ApoUnpairedLoss;
import org.align4j.losses.unpaired.BcoLoss;
import org.align4j.losses.unpaired.KtoLoss;

/** Objectives on lists, on labelled and on single responses, and mixtures. */
final class OtherObjectives {
    private static final Paper LIPO = arxiv("LiPO: Listwise Preference Optimization through Learning-to-Rank", 2024, "2402.01878");
    private static final Paper LIST_MLE = new Paper("Listwise Approach to Learning to Rank: Theory and Algorithm", 2008,
            "https://doi.org/10.1145/1390156.1390306");
    private static final Paper LIST_NET = new Paper("Learning to Rank: From Pairwise Approach to Listwise Approach", 2007,
            "https://doi.org/10.1145/1273496.1273513");
    private static final Paper RWR = new Paper("Reinforcement Learning by Reward-Weighted Regression for Operational Space Control", 2007,
            "https://doi.org/10.1145/1273496.1273590");

    private OtherObjectives() {
    }

    static List<Objective> lists() {
        return List.of(
                Objective.of(Family.LIST, new LambdaLoss(), "−Σ [Δ_ij]·log σ(s_i − s_j), Δ_ij = |G_i − G_j|·|1/D_i − 1/D_j|, G = 2^ψ − 1, D = log(1 + rank)", LIPO),
                Objective.of(Family.LIST, new ListMleLoss(), "−Σ_k [s_τ(k) − log Σ_{j ≥ k} e^(s_τ(j))], τ by decreasing label", LIST_MLE),
                Objective.of(Family.LIST, new ListNetLoss(), "−Σ softmax(ψ)_i·log softmax(s)_i", LIST_NET),
                Objective.of(Family.LIST, new SoftmaxLoss(), "−Σ (ψ_i/Σψ)·log softmax(s)_i", LIPO),
                Objective.of(Family.LIST, new PairLogisticLoss(), "−Σ log σ(s_i − s_j)", LIPO),
                Objective.of(Family.LIST, new PairHingeLoss(), "Σ max(0, 1 − (s_i − s_j))", LIPO),
                Objective.of(Family.LIST, new PointMseLoss(), "Σ (ψ_i − s_i)²", LIPO),
                Objective.of(Family.LIST, new PointSigmoidLoss(), "−Σ [ψ_i·log σ(s_i) + (1 − ψ_i)·log σ(−s_i)]", LIPO));
    }

    static List<Objective> unpaired() {
        return List.of(
                Objective.of(Family.UNPAIRED, new KtoLoss(), "desirable w_D·(1 − σ(β(d − [z₀]))), undesirable w_U·(1 − σ(β([z₀] − d))), z₀ = max(0, mean d of "
                        + "mismatched responses)", arxiv("KTO: Model Alignment as Prospect Theoretic Optimization", 2024, "2402.01306"),
                        "TRL `kto`", "LLaMA-Factory `kto`", "HALOs `kto`", "Axolotl `kto`"),
                Objective.of(Family.UNPAIRED, new ApoUnpairedLoss(), "desirable w_D·(1 − σ(βd)), undesirable w_U·σ(βd)",
                        arxiv("Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment", 2024, "2408.06266"),
                        "TRL `apo_zero_unpaired`"),
                Objective.of(Family.UNPAIRED, new BcoLoss(), "desirable −log σ(βd − [δ]), undesirable −log σ([δ] − βd), δ the running mean of rewards",
                        arxiv("Binary Classifier Optimization for Large Language Model Alignment", 2024, "2404.04656"), "TRL (removed in September 2026)"),
                Objective.of(Family.UNPAIRED, new UnlikelihoodLoss(), "desired tokens −log π(y_t), undesired −w·log(1 − π(y_t)), mean over tokens",
                        arxiv("Neural Text Generation with Unlikelihood Training", 2019, "1908.04319")));
    }

    static List<Objective> supervised() {
        return List.of(
                Objective.of(Family.SUPERVISED, new NllLoss(), "−log π(y_t)",
                        arxiv("Training Language Models to Follow Instructions with Human Feedback", 2022, "2203.02155"), "all but the SimPO code"),
                Objective.of(Family.SUPERVISED, new DftLoss(), "−[π(y_t)]·log π(y_t)",
                        arxiv("On the Generalization of SFT: A Reinforcement Learning Perspective with Reward Rectification", 2025, "2508.05629"), "TRL `dft`"),
                Objective.of(Family.SUPERVISED, new MinorSftLoss(), "−log σ(βd), mean over examples",
                        arxiv("Minor SFT Loss for LLM Fine-Tune to Increase Performance and Reduce Model Deviation", 2024, "2408.10642")),
                Objective.of(Family.SUPERVISED, new WeightedNllLoss(), "−w_t·log π(y_t), weights with the data", RWR),
                Objective.of(Family.SUPERVISED, new KlAnchoredLoss(), "−log π(y_t) + w·kl_t",
                        arxiv("Fine-Tuning Language Models from Human Preferences", 2019, "1909.08593")),
                Objective.of(Family.SUPERVISED, new DistillationLoss(), "−α·log π(y_t) + (1−α)·(e^(−Δ_t) − 1 + Δ_t), Δ = log-ratio of teacher to policy; the teacher's "
                        + "log-probabilities stand as reference", arxiv("Distilling the Knowledge in a Neural Network", 2015, "1503.02531")));
    }

    static List<Objective> combined() {
        Mixture mpo = Mixture.of(List.of(new DpoLoss(), new BcoPairLoss(), new NllLoss()), 0.8, 0.2, 1);
        return List.of(Objective.of(Family.COMBINED, mpo, "Σ_k w_k·L_k; for example mixed preference optimization",
                arxiv("Enhancing the Reasoning Ability of Multimodal Large Language Models via Mixed Preference Optimization", 2024, "2411.10442"),
                "TRL `loss_type` as a list"));
    }
}
