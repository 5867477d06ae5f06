package org.align4j.losses.catalog;

import static org.align4j.losses.catalog.Objective.Paper.arxiv;

import java.util.List;
import org.align4j.losses.catalog.Objective.Paper;
import org.align4j.losses.policy.ClippedPolicyLoss;
import org.align4j.losses.policy.ClippedValueLoss;
import org.align4j.losses.policy.EntropyBonus;
import org.align4j.losses.policy.Gae;
import org.align4j.losses.policy.GroupAdvantages;
import org.align4j.losses.policy.GrpoLoss;
import org.align4j.losses.policy.KlRewards;
import org.align4j.losses.policy.LeaveOneOut;
import org.align4j.losses.policy.ReinforceLoss;
import org.align4j.losses.policy.RlooLoss;
import org.align4j.losses.policy.Whitening;

/** Policy gradients and what feeds them. */
final class PolicyObjectives {
    private static final Paper PPO = arxiv("Proximal Policy Optimization Algorithms", 2017, "1707.06347");
    private static final Paper GRPO = arxiv("DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024, "2402.03300");
    private static final Paper DR_GRPO = arxiv("Understanding R1-Zero-Like Training: A Critical Perspective", 2025, "2503.20783");
    private static final Paper DAPO = arxiv("DAPO: An Open-Source LLM Reinforcement Learning System at Scale", 2025, "2503.14476");
    private static final Paper RLOO = arxiv(
            "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs", 2024, "2402.14740");
    private static final Paper ZIEGLER = arxiv("Fine-Tuning Language Models from Human Preferences", 2019, "1909.08593");
    private static final String CLIPPED = "max(−Aρ, −A·clip(ρ, 1 − ε_low, 1 + ε_high))";

    private PolicyObjectives() {
    }

    static List<Objective> all() {
        return List.of(
                policy("ppo", new ClippedPolicyLoss(), CLIPPED, PPO,
                        "TRL (removed in September 2026)", "OpenRLHF", "torchtune", "LLaMA-Factory", "HALOs", "AlpacaFarm", "verl"),
                policy("ppo_value", new ClippedValueLoss(), "½·max((V − R)², (clip(V, V_old ± ε) − R)²)", PPO,
                        "TRL (removed in September 2026)", "OpenRLHF", "torchtune", "LLaMA-Factory", "AlpacaFarm", "verl"),
                policy("entropy", new EntropyBonus(), "−c·H", PPO, "TRL `entropy_coef` (GRPO)"),
                policy("grpo", GrpoLoss.grpo(), CLIPPED + " + β·k3", GRPO, "TRL `grpo`", "OpenRLHF `group_norm`", "open-instruct", "torchtune (in development)",
                        "HALOs `grpo`", "verl"),
                policy("dr_grpo", GrpoLoss.drGrpo(2048), CLIPPED + ", Σ over tokens / (sequences · maxTokens)", DR_GRPO, "TRL `dr_grpo`",
                        "OpenRLHF `dr_grpo`"),
                policy("bnpo", GrpoLoss.bnpo(), CLIPPED, GRPO, "TRL `bnpo`"),
                policy("dapo", GrpoLoss.dapo(), CLIPPED, DAPO, "TRL `dapo`"),
                policy("cispo", GrpoLoss.cispo(), "−[min(ρ, cap)]·A·log π(y_t)",
                        arxiv("MiniMax-M1: Scaling Test-Time Compute Efficiently with Lightning Attention", 2025, "2506.13585"), "TRL `cispo`", "verl `cispo`"),
                policy("gspo", GrpoLoss.gspo(), CLIPPED + ", ρ = e^(mean of log-ratios of the sequence)",
                        arxiv("Group Sequence Policy Optimization", 2025, "2507.18071"), "TRL `importance_sampling_level`", "OpenRLHF `gspo`", "verl `gspo`"),
                policy("rloo", new RlooLoss(), CLIPPED + ", ρ = e^(sum of log-ratios of the sequence), mean over sequences", RLOO,
                        "TRL `RLOOTrainer`", "OpenRLHF `rloo`", "verl `rloo`"),
                policy("reinforce", new ReinforceLoss(), "−A·lp, mean over sequences", RLOO, "OpenRLHF `reinforce`", "verl"),
                advantage("kl_rewards", new KlRewards(), "r_t = −κ·kl_t, + score at the end; kl one of K1, K2, K3", ZIEGLER,
                        "TRL", "OpenRLHF", "torchtune", "LLaMA-Factory", "AlpacaFarm", "verl"),
                advantage("gae", new Gae(), "δ_t = r_t + γV_{t+1} − V_t, A_t = δ_t + γλA_{t+1}",
                        arxiv("High-Dimensional Continuous Control Using Generalized Advantage Estimation", 2015, "1506.02438"),
                        "TRL (removed in September 2026)", "OpenRLHF", "torchtune", "LLaMA-Factory", "HALOs", "AlpacaFarm", "verl"),
                advantage("whitening", new Whitening(true), "(x − mean)/√(var + ε)", ZIEGLER,
                        "TRL (removed in September 2026)", "OpenRLHF", "torchtune (shift reversed)", "LLaMA-Factory", "HALOs", "AlpacaFarm"),
                advantage("group_advantages", new GroupAdvantages(), "(r − mean of the group)/(std + ε)", GRPO, "TRL `scale_rewards`", "OpenRLHF", "verl"),
                advantage("leave_one_out", new LeaveOneOut(), "r_i − mean of the others", RLOO, "TRL", "OpenRLHF", "verl"));
    }

    private static Objective policy(String name, Record instance, String formula, Paper paper, String... elsewhere) {
        return new Objective(name, Family.POLICY, instance, formula, paper, List.of(elsewhere));
    }

    private static Objective advantage(String name, Record instance, String formula, Paper paper, String... elsewhere) {
        return new Objective(name, Family.ADVANTAGE, instance, formula, paper, List.of(elsewhere));
    }
}
