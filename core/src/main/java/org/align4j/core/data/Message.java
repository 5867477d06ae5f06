package org.align4j.core.data;

import java.util.Objects;

/** One turn of a conversation: {@code role} is {@code system}, {@code user}, {@code assistant} or {@code tool}. */
public record Message(String role, String content) {
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }
}
