/**
 * Arithmetic on the weights of whole models: means, spherical interpolation, task vectors and what is done to them.
 *
 * <p>{@link org.align4j.core.merge.MergePlan} says what is merged, {@link org.align4j.core.merge.MergeMethod} how;
 * {@link org.align4j.core.merge.ModelMerge} checks that the models fit each other and writes the result, a piece of a tensor at a time, so that memory
 * does not depend on their size.
 */
package org.align4j.core.merge;
