/**
 * Sampling continuations from a model: {@link org.align4j.core.generate.Generator} runs many sequences at once against a cache of keys and
 * values, each prompt stored once for all its samples, and a sequence's tokens do not depend on what else is in the batch. {@link org.align4j.core.generate.SpeculativeGenerator} does the same with
 * the help of a draft model.
 */
package org.align4j.core.generate;
