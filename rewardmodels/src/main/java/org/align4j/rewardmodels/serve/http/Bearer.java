package org.align4j.rewardmodels.serve.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Compares what a caller sent with the token, in a time that tells nothing of where they differ, nor of the token's length. */
final class Bearer {
    private final byte[] expected;

    Bearer(String token) {
        expected = digest("Bearer " + token);
    }

    /** @param header the Authorization header, or null */
    void require(String header) {
        String sent = header == null ? "" : header.regionMatches(true, 0, "bearer ", 0, 7) ? "Bearer " + header.substring(7).strip() : header;
        if (!MessageDigest.isEqual(expected, digest(sent))) {
            throw new Problem(401, "Send the header Authorization: Bearer TOKEN with this service's token.").with("WWW-Authenticate", "Bearer");
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
