package org.align4j.core.data;

import java.util.ArrayList;
import java.util.List;

/** One id per character below 65536; 65536 closes a response; role names in front of messages. */
final class CharEncoder implements TextEncoder {
    static final int END = 0x10000;
    private final int vocabulary;

    CharEncoder() {
        this(END + 1);
    }

    CharEncoder(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    @Override
    public Encoding encode(Text prompt, Text response) {
        boolean ended = !(response instanceof Text.Ids);
        List<Integer> ids = ids(response, false);
        if (ended) {
            ids.add(END);
        }
        return new Encoding(encodePrompt(prompt), array(ids), ended);
    }

    @Override
    public int[] encodePrompt(Text prompt) {
        return array(ids(prompt, true));
    }

    private static List<Integer> ids(Text text, boolean roles) {
        List<Integer> out = new ArrayList<>();
        if (text instanceof Text.Ids i) {
            for (int id : i.ids()) {
                out.add(id);
            }
        } else if (text instanceof Text.Plain p) {
            p.text().chars().forEach(out::add);
        } else {
            for (Message m : ((Text.Chat) text).messages()) {
                ((roles ? m.role().charAt(0) + ":" : "") + m.content()).chars().forEach(out::add);
            }
        }
        return out;
    }

    private static int[] array(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder s = new StringBuilder();
        for (int id : ids) {
            if (id < END) {
                s.append((char) id);
            }
        }
        return s.toString();
    }

    @Override
    public int vocabularySize() {
        return vocabulary;
    }
}
