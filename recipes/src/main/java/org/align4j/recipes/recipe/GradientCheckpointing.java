package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.TextForm;

/**
 * How many blocks keep their input alone on the way forward and are computed again on the way back: {@code auto}, {@code none}, {@code all}, or a
 * number of blocks, counted from the first.
 *
 * @param blocks their number; −1 for auto, the largest int for all
 */
@TextForm(json = "either", says = "auto, none, all or a number of blocks")
public record GradientCheckpointing(int blocks) {
    private static final int AUTO = -1;
    private static final int ALL = Integer.MAX_VALUE;

    public GradientCheckpointing {
        if (blocks < AUTO) {
            throw new IllegalArgumentException("A number of blocks must be 0 or more, found " + blocks);
        }
    }

    /** Reads one of the words or a number. */
    public static GradientCheckpointing parse(String text) {
        return switch (text) {
            case "auto" -> new GradientCheckpointing(AUTO);
            case "none" -> new GradientCheckpointing(0);
            case "all" -> new GradientCheckpointing(ALL);
            default -> {
                if (!text.matches("\\d{1,6}")) {
                    throw new IllegalArgumentException(text.equals("true") ? "write all" : text.equals("false") ? "write none" : "");
                }
                yield new GradientCheckpointing(Integer.parseInt(text));
            }
        };
    }

    /** Whether as few blocks as fit into memory are to be computed again. */
    public boolean auto() {
        return blocks == AUTO;
    }

    /** Whether no block is to keep more than its input. */
    public boolean all() {
        return blocks == ALL;
    }

    /** How many of a model's blocks. */
    public int of(int layers) {
        return Math.min(blocks, layers);
    }

    @Override
    public String toString() {
        return blocks == AUTO ? "auto" : blocks == 0 ? "none" : blocks == ALL ? "all" : Integer.toString(blocks);
    }
}
