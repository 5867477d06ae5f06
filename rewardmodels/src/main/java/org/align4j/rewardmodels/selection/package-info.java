/**
 * Which rows of a data set are worth training on: filters and choices by length, quality, likeness, spread and likelihood, each of which says of every row
 * whether it stays and why. {@link org.align4j.rewardmodels.selection.Selection} applies them in order; the algorithms are callable alone.
 */
package org.align4j.rewardmodels.selection;
