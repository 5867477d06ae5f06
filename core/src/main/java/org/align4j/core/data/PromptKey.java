package org.align4j.core.data;

/**
 * Identity of a prompt by content, for splits and overlap checks. Runs of white space count as one space, and a single user message counts as its text.
 * A prompt of token ids never equals a prompt of text.
 */
public final class PromptKey {
    private final Content.Key key;

    private PromptKey(Content.Key key) {
        this.key = key;
    }

    /** Key of a prompt before tokenisation. */
    public static PromptKey of(Text prompt) {
        return new PromptKey(Content.ofPrompt(prompt));
    }

    /** Key of a group's prompt before tokenisation. */
    public static PromptKey of(TextGroup group) {
        return of(group.prompt());
    }

    /** Key of a group's prompt tokens. */
    public static PromptKey of(Group group) {
        return new PromptKey(Content.ofIds(group.prompt()));
    }

    /** 64 random bits fixed by key, salt, seed and count. */
    long draw(String salt, long seed, long count) {
        return Content.salted(key, salt, seed, count).high();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PromptKey k && k.key.equals(key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    @Override
    public String toString() {
        return String.format("%016x%016x", key.high(), key.low());
    }
}
