package org.align4j.core.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** Identity of texts by content. Every part goes into a digest with its length, so that no two different contents run together. */
final class Content {
    private final MessageDigest digest;

    private Content() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** 128 bits of a digest: two different contents meet with a chance of about 10⁻²⁰ among a thousand million. */
    record Key(long high, long low) {}

    static boolean same(Text a, Text b) {
        if (a instanceof Text.Ids x && b instanceof Text.Ids y) {
            return Arrays.equals(x.ids(), y.ids());
        }
        return a.equals(b);
    }

    /** Key of a whole group: prompt, responses and labels. */
    static Key of(TextGroup group) {
        Content c = new Content();
        c.add(group.prompt());
        for (TextGroup.Response r : group.responses()) {
            c.add(r.text());
            c.add(String.valueOf(r.label()));
        }
        return c.key();
    }

    /**
     * Key of a prompt: runs of white space count as one space, and one user message counts as its text, so that the same question in two files is the same.
     */
    static Key ofPrompt(Text prompt) {
        Content c = new Content();
        if (prompt instanceof Text.Plain p) {
            c.add(folded(p.text()));
        } else if (prompt instanceof Text.Ids ids) {
            c.add(ids);
        } else {
            List<Message> messages = ((Text.Chat) prompt).messages();
            for (Message m : messages) {
                if (messages.size() > 1 || !m.role().equals("user")) {
                    c.add(m.role());
                }
                c.add(folded(m.content()));
            }
        }
        return c.key();
    }

    static Key ofIds(int[] ids) {
        Content c = new Content();
        c.add(new Text.Ids(ids));
        return c.key();
    }

    /** Key of another key, a seed and a count: a random number fixed by content. */
    static Key salted(Key key, String salt, long seed, long count) {
        Content c = new Content();
        c.add(salt);
        c.digest.update(ByteBuffer.allocate(32).putLong(seed).putLong(key.high).putLong(key.low).putLong(count).array());
        return c.key();
    }

    private static String folded(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private void add(Text text) {
        if (text instanceof Text.Plain p) {
            add("plain");
            add(p.text());
        } else if (text instanceof Text.Ids ids) {
            add("ids");
            ByteBuffer b = ByteBuffer.allocate(4 * ids.ids().length + 4).putInt(ids.ids().length);
            for (int id : ids.ids()) {
                b.putInt(id);
            }
            digest.update(b.array());
        } else {
            List<Message> messages = ((Text.Chat) text).messages();
            add("chat" + messages.size());
            for (Message m : messages) {
                add(m.role());
                add(m.content());
            }
        }
    }

    private void add(String s) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private Key key() {
        ByteBuffer b = ByteBuffer.wrap(digest.digest());
        return new Key(b.getLong(), b.getLong());
    }
}
