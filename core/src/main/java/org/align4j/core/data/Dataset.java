package org.align4j.core.data;

import java.util.List;

/**
 * A data file ready for training.
 *
 * @param groups  tokenised groups in the file's order; empty for {@link TaskKind#PROMPT}
 * @param prompts tokenised prompts in the file's order; empty for every other task
 * @param report  what became of every row
 */
public record Dataset(List<Group> groups, List<PromptRow> prompts, DataReport report) {
    public Dataset {
        groups = List.copyOf(groups);
        prompts = List.copyOf(prompts);
    }

    /**
     * A prompt to generate from.
     *
     * @param at   where it was read
     * @param text the prompt before tokenisation
     * @param ids  its token ids, ready for generation
     */
    public record PromptRow(Location at, Text text, int[] ids) {}
}
