package org.align4j.core.batch;

/** Which final hidden states of a batch are wanted beside the log-probabilities of its targets, for heads of one's own on top of the model. */
public enum Reads {
    /** None. */
    NONE(false, false),
    /** Of every response the state after its last token; of a response without tokens that after the prompt. */
    CLOSING(false, true),
    /** Of every response the state in which each of its tokens is chosen: after the prompt, then after every token but the last. */
    STATES(true, false),
    /** {@link #STATES} and after them the closing one: one more than the response has tokens. */
    STATES_AND_CLOSING(true, true);

    private final boolean states;
    private final boolean closing;

    Reads(boolean states, boolean closing) {
        this.states = states;
        this.closing = closing;
    }

    boolean states() {
        return states;
    }

    boolean closing() {
        return closing;
    }

    /** Hidden states read of a response of so many tokens. */
    public int count(int tokens) {
        return (states ? tokens : 0) + (closing ? 1 : 0);
    }
}
