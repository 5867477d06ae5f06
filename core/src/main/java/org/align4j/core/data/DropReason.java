package org.align4j.core.data;

/** Why a group was left out; the report counts them. */
public enum DropReason {
    DIVERGING_TURNS("chosen and rejected part before their last turn"),
    NO_RESPONSE("no assistant turn at the end"),
    EMPTY_PROMPT("empty prompt"),
    EMPTY_RESPONSE("empty response"),
    IDENTICAL("identical responses"),
    DUPLICATE("duplicate of an earlier row"),
    UNDESIRABLE("labelled undesirable, not imitated"),
    NO_SCORES("fewer than two scored responses"),
    TIED("all scores tied, no pair"),
    PROMPT_DIFFERS("prompt tokens differ between responses"),
    OVER_LONG("longer than max_length"),
    NO_ROOM("longer than max_length even when truncated");

    private final String words;

    DropReason(String words) {
        this.words = words;
    }

    /** The reason in words. */
    public String words() {
        return words;
    }
}
