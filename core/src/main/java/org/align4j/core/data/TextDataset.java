package org.align4j.core.data;

import java.util.List;

/**
 * A data file shaped for a task but not tokenised.
 *
 * @param groups groups in the file's order
 * @param report what became of every row; its token counts are zero
 */
public record TextDataset(List<TextGroup> groups, DataReport report) {
    public TextDataset {
        groups = List.copyOf(groups);
    }
}
