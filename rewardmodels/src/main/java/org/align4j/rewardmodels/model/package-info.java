/** Reward models: a language model's hidden states, a head on top, their training and their files. */
package org.align4j.rewardmodels.model;
