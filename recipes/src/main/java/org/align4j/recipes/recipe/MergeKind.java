package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Synonyms;

/** Ways to merge models, named as mergekit names them where it has them. */
public enum MergeKind {
    @Doc("Weighted mean of the models.")
    @Synonyms({"soup", "average", "mean"})
    LINEAR,
    @Doc("Spherical interpolation between two models.")
    SLERP,
    @Doc("The base plus a weighted sum of task vectors.")
    TASK_ARITHMETIC,
    @Doc("Task vectors cut to their largest entries, of agreeing sign.")
    TIES,
    @Doc("Task vectors with random entries, rescaled, added.")
    @Synonyms("dare")
    DARE_LINEAR,
    @Doc("Task vectors with random entries, rescaled, of agreeing sign.")
    DARE_TIES,
    @Doc("Task vectors without their largest and smallest entries, added.")
    BREADCRUMBS,
    @Doc("Past a model, on the way that led to it from the base.")
    @Synonyms({"extrapolate", "extrapolation"})
    EXPO,
    @Doc("Task vectors of one base added onto another model.")
    TRANSFER,
    @Doc("Adapters laid side by side: their exact weighted sum.")
    CAT;

    /** Whether it is about task vectors, which are measured from a base. */
    public boolean taskVectors() {
        return this != LINEAR && this != SLERP && this != CAT;
    }

    /** Whether only part of a task vector's entries is kept. */
    public boolean sparse() {
        return this == TIES || random() || this == BREADCRUMBS;
    }

    /** Whether entries are drawn. */
    public boolean random() {
        return this == DARE_LINEAR || this == DARE_TIES;
    }

    /** Whether signs are elected. */
    public boolean consensus() {
        return this == TIES || this == DARE_TIES;
    }
}
