package org.align4j.rewardmodels.serve.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes back.
 *
 * @param headers beside content type and length
 */
record Reply(int status, String type, byte[] body, Map<String, String> headers) {

    static Reply json(int status, Object value) {
        return new Reply(status, "application/json", Json.write(value), Map.of());
    }

    static Reply text(int status, String type, String text) {
        return new Reply(status, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    Reply as(String otherType) {
        return new Reply(status, otherType, body, headers);
    }

    Reply with(String header, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new Reply(status, type, body, all);
    }
}
