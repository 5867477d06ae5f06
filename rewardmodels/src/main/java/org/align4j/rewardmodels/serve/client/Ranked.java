package org.align4j.rewardmodels.serve.client;

/** A document of a reranking: its index in what was asked, and its score. */
public record Ranked(int index, double score) {}
