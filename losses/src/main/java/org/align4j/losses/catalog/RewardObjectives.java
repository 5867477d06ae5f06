package org.align4j.losses.catalog;

import static org.align4j.losses.catalog.Objective.Paper.arxiv;

import java.util.List;
import org.align4j.losses.catalog.Objective.Paper;
import org.align4j.losses.reward.AllPairsLoss;
import org.align4j.losses.reward.BradleyTerryLoss;
import org.align4j.losses.reward.ContrastiveDphLoss;
import org.align4j.losses.reward.MarginBradleyTerryLoss;
import org.align4j.losses.reward.PlackettLuceLoss;
import org.align4j.losses.reward.RegressionLoss;
import org.align4j.losses.reward.ScaledBradleyTerryLoss;
import org.align4j.losses.reward.SeparableDphLoss;

/** Objectives of reward models. */
final class RewardObjectives {
    private static final Paper INSTRUCT = arxiv("Training Language Models to Follow Instructions with Human Feedback", 2022, "2203.02155");
    private static final Paper DPH = arxiv("Would I Lie To You? Inference Time Alignment of Language Models using Direct Preference Heads", 2024, "2405.20053");

    private RewardObjectives() {
    }

    static List<Objective> all() {
        BradleyTerryLoss bradleyTerry = new BradleyTerryLoss();
        MarginBradleyTerryLoss margin = new MarginBradleyTerryLoss();
        ScaledBradleyTerryLoss scaled = new ScaledBradleyTerryLoss();
        SeparableDphLoss separable = new SeparableDphLoss();
        ContrastiveDphLoss contrastive = new ContrastiveDphLoss();
        AllPairsLoss allPairs = new AllPairsLoss();
        PlackettLuceLoss plackettLuce = new PlackettLuceLoss();
        RegressionLoss regression = new RegressionLoss();
        return List.of(
                reward(bradleyTerry.name(), bradleyTerry, "−log σ(r_w − r_l) + c·(r_w + r_l)²", INSTRUCT,
                        "TRL", "OpenRLHF", "open-instruct", "LLaMA-Factory", "HALOs", "Axolotl", "AlpacaFarm"),
                reward(margin.name(), margin, "−log σ(r_w − r_l − m) + c·(r_w + r_l)²",
                        arxiv("Llama 2: Open Foundation and Fine-Tuned Chat Models", 2023, "2307.09288"), "TRL `margin`", "OpenRLHF `margin_loss_enable`"),
                reward(scaled.name(), scaled, "−m·log σ(r_w − r_l) + c·(r_w + r_l)²",
                        arxiv("HelpSteer2-Preference: Complementing Ratings with Preferences", 2024, "2410.01257")),
                reward(separable.name(), separable, "−(1−ε)·log σ(r_w) − ε·log σ(−r_w) − ε·log σ(r_l) − (1−ε)·log σ(−r_l)", DPH),
                reward(contrastive.name(), contrastive, "−(1−ε)·log σ(r_w − r_l) − ε·log σ(r_l − r_w)", DPH),
                reward(allPairs.name(), allPairs, "mean over the pairs of a list of −log σ(r_i − r_j)", INSTRUCT, "AlpacaFarm (candidates of one prompt)"),
                reward(plackettLuce.name(), plackettLuce, "−Σ_k [r_τ(k) − log Σ_{j ≥ k} e^(r_τ(j))], τ by decreasing label",
                        arxiv("Principled Reinforcement Learning with Human Feedback from Pairwise or K-wise Comparisons", 2023, "2301.11270")),
                reward(regression.name(), regression, "mean of (r − rating)² over responses and attributes",
                        arxiv("HelpSteer2: Open-source dataset for training top-performing reward models", 2024, "2406.08673")));
    }

    private static Objective reward(String name, Record instance, String formula, Paper paper, String... elsewhere) {
        return new Objective(name, Family.REWARD, instance, formula, paper, List.of(elsewhere));
    }
}
