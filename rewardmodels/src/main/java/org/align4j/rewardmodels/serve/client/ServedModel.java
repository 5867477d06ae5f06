package org.align4j.rewardmodels.serve.client;

/**
 * What a service serves.
 *
 * @param name      the reward in a few words
 * @param digest    where it is the same, scores are comparable
 * @param exact     whether a score has the same bits whatever else is asked at the same time
 * @param maxAnswers most answers in one request
 */
public record ServedModel(String name, String digest, boolean exact, int maxAnswers) {}
