package org.align4j.core.data;

import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * One row of a data file as it was read.
 *
 * @param at     file and line (JSON Lines) or element (JSON array)
 * @param where  the same in words, for messages
 * @param fields the row's JSON object
 */
public record Row(Location at, String where, ObjectNode fields) {
    public Row {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(where, "where");
        Objects.requireNonNull(fields, "fields");
    }
}
