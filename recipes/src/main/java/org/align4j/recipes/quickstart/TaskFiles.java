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
        QuickstartData.draw(new QuickstartData.Sizes(documents, demonstrations, practised, test), seed).write(QuickstartFiles.create(directory));
    }
}
