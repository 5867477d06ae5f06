package org.align4j.recipes.yaml;

/**
 * Where something was written.
 *
 * @param source the file as the user named it, or the whole {@code --set path=value} argument
 * @param line   1-based line, 0 when the source has no lines (an override)
 * @param column 1-based column in code points, 0 when the source has no lines
 */
public record Place(String source, int line, int column) {
    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line + ":" + column;
    }
}
