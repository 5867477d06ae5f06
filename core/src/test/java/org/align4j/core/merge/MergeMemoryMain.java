package org.align4j.core.merge;

import java.nio.file.Path;

/** Merges {@code base}, {@code a} and {@code b} of a directory by TIES and SLERP, in a process of its own. */
final class MergeMemoryMain {
    private MergeMemoryMain() {}

    public static void main(String[] args) {
        Path dir = Path.of(args[0]);
        MergePlan ties = TinyMerge.vectors("ties", new Sparsity.Largest(TinyMerge.settings(0.2, 0.2)), 1, null, dir.resolve("base"), dir.resolve("a"), dir.resolve("b"));
        TinyMerge.merge(ties, dir.resolve("ties"));
        TinyMerge.merge(TinyMerge.slerp(0.5, dir.resolve("a"), dir.resolve("b")), dir.resolve("slerp"));
    }
}
