/**
 * Small networks on top of a model's hidden states: rewards, values, attributes. They are Deeplearning4j networks, which no other package sees: rows go
 * in and come out as plain arrays.
 */
package org.align4j.rewardmodels.head;
