package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.Message;

/**
 * A transcript with the markers {@code "\n\nHuman:"} and {@code "\n\nAssistant:"}.
 * Only these markers cut it; the longest common run of characters is never taken for a prompt, since two responses that begin alike would lose their beginning.
 */
public final class Transcripts {
    static final String HUMAN = "\n\nHuman:";
    static final String ASSISTANT = "\n\nAssistant:";

    private Transcripts() {}

    /** Whether a text is a transcript. */
    public static boolean is(String text) {
        return text.startsWith(HUMAN) && text.contains(ASSISTANT);
    }

    /** The transcript's turns, each with its marker; together they are the text. Text before the first marker is a turn of its own. */
    static List<String> cut(String text) {
        List<String> turns = new ArrayList<>();
        int start = 0;
        int from = 0;
        while (true) {
            int human = text.indexOf(HUMAN, from);
            int assistant = text.indexOf(ASSISTANT, from);
            int at = human < 0 ? assistant : assistant < 0 ? human : Math.min(human, assistant);
            if (at < 0) {
                turns.add(text.substring(start));
                return turns;
            }
            if (at > start) {
                turns.add(text.substring(start, at));
                start = at;
            }
            from = at + 1;
        }
    }

    /** Index of the turn where two transcripts part: the first that differs, at most the last of the shorter one. */
    static int parting(List<?> a, List<?> b) {
        int n = Math.min(a.size(), b.size()) - 1;
        int k = 0;
        while (k < n && a.get(k).equals(b.get(k))) {
            k++;
        }
        return k;
    }

    /** A transcript as messages, markers and the spaces around contents taken away; an open last assistant turn is left out. */
    public static List<Message> messages(String text) {
        List<Message> messages = new ArrayList<>();
        List<String> turns = cut(text);
        for (int i = 0; i < turns.size(); i++) {
            String turn = turns.get(i);
            boolean assistant = turn.startsWith(ASSISTANT);
            boolean human = turn.startsWith(HUMAN);
            String content = turn.substring(assistant ? ASSISTANT.length() : human ? HUMAN.length() : 0).strip();
            if (assistant && i == turns.size() - 1 && content.isEmpty()) {
                break;
            }
            messages.add(new Message(assistant ? Turns.ASSISTANT : human ? Turns.USER : Turns.SYSTEM, content));
        }
        return messages;
    }
}
