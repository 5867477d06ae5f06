package org.align4j.core.merge;

/** Something to merge: models, or adapters of one model. */
public sealed interface MergeTask permits MergePlan, AdapterMerge {
}
