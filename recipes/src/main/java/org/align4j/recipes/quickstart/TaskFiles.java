package org.align4j.recipes.quickstart;

import java.nio.file.Path;

/** The files of the quickstart's task, for experiments of one's own: text to pretrain on, demonstrations, problems with their answers, a tokenizer. */
public final class TaskFiles {
    private TaskFiles() {}

    /**
     * Writes {@code data/pretrain.jsonl}, {@code data/demonstrations.jsonl}, {@code data/practice.jsonl}, {@code data/test.jsonl} and {@code tokenizer/} into an
     * empty directory. Problems are rows of {@code prompt} and {@code answer}; no problem of one file is in another.
     */
    public static void write(Path directory, int documents, int demonstrations, int practised, int test, long seed) {
        write(QuickstartData.draw(new QuickstartData.Sizes(documents, demonstrations, practised, test), seed), directory);
    }

    /**
     * The same with other demonstrators.
     *
     * @param terse part of the demonstrations that are nothing but the answer, in [0, 1]; the quickstart has 0.55
     */
    public static void write(Path directory, int documents, int demonstrations, double terse, int practised, int test, long seed) {
        if (!(terse >= 0 && terse <= 1)) {
            throw new IllegalArgumentException("a part is in [0, 1], found " + terse);
        }
        write(QuickstartData.draw(new QuickstartData.Sizes(documents, demonstrations, practised, test), terse, seed), directory);
    }

    private static void write(QuickstartData data, Path directory) {
        data.write(QuickstartFiles.create(directory));
    }
}
