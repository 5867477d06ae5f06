package org.align4j.core.generate.internal;

import org.align4j.core.generate.Request;

/** A request whose prompt is in the cache, or on its way into it. */
final class Prompt {
    final int index;
    final Request request;
    final int start;
    /** Tokens computed so far. */
    int computed;
    /** Samples begun, and samples over. */
    int begun;
    int over;
    /** Logits after the last token, until every sample has begun. */
    float[] logits;

    Prompt(int index, Request request, int start) {
        this.index = index;
        this.request = request;
        this.start = start;
    }

    int length() {
        return request.prompt().length;
    }
}
