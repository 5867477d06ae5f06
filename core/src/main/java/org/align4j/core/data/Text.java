package org.align4j.core.data;

import java.util.List;

/** A prompt or a response before tokenisation: plain text, messages, or token ids that were made elsewhere. */
public sealed interface Text {

    /** Text used as it is, without a chat template. */
    record Plain(String text) implements Text {}

    /** Turns to be rendered by the model's chat template. */
    record Chat(List<Message> messages) implements Text {
        public Chat {
            messages = List.copyOf(messages);
        }
    }

    /** Token ids, for models that have no tokenizer. */
    record Ids(int[] ids) implements Text {}
}
