package org.align4j.core.data;

/** Where a row was read: file name as the user gave it and the 1-based line (JSON Lines) or element (JSON array). */
public record Location(String file, long row) {
    @Override
    public String toString() {
        return file + ":" + row;
    }
}
