package org.align4j.core.model.config;

/** How positions enter: ROTARY turns queries and keys, LEARNED adds a row of a table to the embedding. */
public enum Position {
    ROTARY,
    LEARNED
}
