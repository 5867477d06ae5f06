package org.align4j.rewardmodels.serve.http;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.nio.charset.StandardCharsets;

/** One JSON object for every request: when, which, how it ended, how long it took and how much it was. Never what was asked or answered. */
final class AccessLog {
    private final Consumer<String> lines;

    AccessLog(Consumer<String> lines) {
        this.lines = lines;
    }

    void add(Handled h, String id, String method, String peer, int bytesIn, long nanos) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        line.put("id", id);
        line.put("peer", peer);
        line.put("method", method.matches("[A-Z]{1,16}") ? method : "?");
        line.put("route", h.route());
        line.put("status", h.reply().status());
        line.put("ms", Math.round(nanos / 1e4) / 100.0);
        line.put("questions", h.questions());
        line.put("answers", h.answers());
        line.put("bytes_in", bytesIn);
        line.put("bytes_out", h.reply().body().length);
        lines.accept(new String(Json.write(line), StandardCharsets.UTF_8));
    }
}
