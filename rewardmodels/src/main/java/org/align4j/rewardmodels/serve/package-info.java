/**
 * Scores for many callers. Start with {@link org.align4j.rewardmodels.serve.RewardScorer} in a program; behind it is
 * {@link org.align4j.rewardmodels.serve.ScoreService}, a bounded queue before one thread that drives the reward.
 */
package org.align4j.rewardmodels.serve;
