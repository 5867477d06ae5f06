package org.align4j.rewardmodels.serve.http;

import java.util.LinkedHashMap;
import java.util.Map;

/** An error as callers see it: RFC 9457 problem details, with the field at fault where there is one. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Map<Integer, String> TITLES = Map.ofEntries(Map.entry(400, "Bad Request"), Map.entry(401, "Unauthorized"), Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"), Map.entry(408, "Request Timeout"), Map.entry(413, "Content Too Large"), Map.entry(415, "Unsupported Media Type"),
            Map.entry(422, "Unprocessable Content"), Map.entry(429, "Too Many Requests"), Map.entry(500, "Internal Server Error"), Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"));

    private final int status;
    private final String field;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    Problem(int status, String field, String detail) {
        super(detail, null, false, false);
        if (!TITLES.containsKey(status)) {
            throw new IllegalArgumentException("No title for status " + status);
        }
        this.status = status;
        this.field = field;
    }

    Problem(int status, String detail) {
        this(status, null, detail);
    }

    Problem with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    int status() {
        return status;
    }

    Reply reply(String id) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", TITLES.get(status));
        body.put("status", status);
        body.put("detail", getMessage());
        if (field != null) {
            body.put("field", field);
        }
        body.put("request_id", id);
        Reply r = Reply.json(status, body).as("application/problem+json");
        for (Map.Entry<String, String> h : headers.entrySet()) {
            r = r.with(h.getKey(), h.getValue());
        }
        return r;
    }
}
