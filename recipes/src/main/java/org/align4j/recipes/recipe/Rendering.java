package org.align4j.recipes.recipe;

/** Whether text goes through the chat template. */
public enum Rendering {
    /** Text fields as they are, messages and instructions through the template. */
    AUTO,
    /** Text fields become messages too. */
    CHAT,
    /** Messages of one exchange become plain text, for models without a template. */
    TEXT
}
