package org.align4j.core.model;

import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.RotaryTable;

/** What the blocks need to know of the rows of a batch. {@code table} is null for learned positions. */
record Sequence(int[] positions, RotaryTable table, AttentionLayout layout) {}
