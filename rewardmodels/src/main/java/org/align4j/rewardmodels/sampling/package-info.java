/**
 * Training data out of what a policy says: sampling and scoring of answers, kept on disk in shards, and what is made of them: the best of n, answers above
 * a threshold, pairs by statistical rejection sampling, lists, per-step pairs, the likeliest candidates.
 */
package org.align4j.rewardmodels.sampling;
