package org.align4j.recipes.recipe;

import java.util.Optional;

/** What kind of annotation a stage learns from; decides which part of {@code data} it reads and which part of the budget pays for it. */
public enum DataKind {
    /** Running text, which costs no annotation. */
    TEXT("data.pretrain"),
    /** Demonstrations. */
    DEMONSTRATIONS("data.sft"),
    /** Compared responses: pairs or lists. */
    COMPARISONS("data.preferences"),
    /** Responses labelled desirable or not; made of comparisons where no others are given. */
    LABELS("data.unpaired (or data.preferences)");

    private final String path;

    DataKind(String path) {
        this.path = path;
    }

    /** The part of a recipe's data that holds it, if it is there. */
    public Optional<DataSource> source(DataSpec data) {
        return switch (this) {
            case TEXT -> data.pretrain();
            case DEMONSTRATIONS -> data.sft();
            case COMPARISONS -> data.preferences();
            case LABELS -> data.unpaired().or(data::preferences);
        };
    }

    /** Where that stands in a recipe. */
    public String path(DataSpec data) {
        return this == LABELS && data.unpaired().isPresent() ? "data.unpaired" : this == LABELS && data.preferences().isPresent() ? "data.preferences" : path;
    }

    /** Whether the preference part of a budget pays. */
    public boolean isPreference() {
        return this == COMPARISONS || this == LABELS;
    }
}
