/**
 * Learning from what the policy itself says: prompts are answered, answers scored by a {@link org.align4j.rewardmodels.Reward}, and the policy is updated by
 * PPO, GRPO and its kin, RLOO or REINFORCE. {@link org.align4j.rewardmodels.online.OnlineTrainer} is the place to start reading.
 */
package org.align4j.rewardmodels.online;
