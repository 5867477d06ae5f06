package org.align4j.core.merge;

/** A merge was asked to stop, and nothing of it is left. */
public final class MergeStopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MergeStopped() {
        super("the merge was stopped");
    }
}
