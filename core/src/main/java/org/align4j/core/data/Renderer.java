package org.align4j.core.data;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.internal.Transcripts;

/** Applies the setting {@code rendering}: text becomes messages, or messages text. */
final class Renderer {
    private static final String USER = "user";
    private static final String ASSISTANT = "assistant";

    private Renderer() {}

    static TextGroup apply(TextGroup group, DataSettings.Rendering rendering, DataFormat format) {
        return switch (rendering) {
            case AUTO -> group;
            case CHAT -> format == DataFormat.TEXT ? group : chat(group);
            case TEXT -> text(group);
        };
    }

    private static TextGroup chat(TextGroup group) {
        Text prompt = group.prompt();
        boolean transcript = false;
        if (prompt instanceof Text.Plain p) {
            transcript = Transcripts.is(p.text());
            prompt = new Text.Chat(transcript ? Transcripts.messages(p.text()) : List.of(new Message(USER, p.text())));
        }
        List<TextGroup.Response> responses = new ArrayList<>();
        for (TextGroup.Response r : group.responses()) {
            Text text = r.text();
            if (text instanceof Text.Plain p) {
                text = new Text.Chat(List.of(new Message(ASSISTANT, transcript ? p.text().strip() : p.text())));
            }
            responses.add(new TextGroup.Response(text, r.score(), r.label()));
        }
        return new TextGroup(group.at(), prompt, responses);
    }

    private static TextGroup text(TextGroup group) {
        Text prompt = group.prompt();
        if (prompt instanceof Text.Chat chat) {
            StringBuilder s = new StringBuilder();
            for (Message m : chat.messages()) {
                if (!m.role().equals(USER) && !m.role().equals("system") || s.length() > 0 && m != chat.messages().get(chat.messages().size() - 1)) {
                    throw new DataException(group.at() + ": a conversation of several turns cannot become plain text (rendering: text); only one exchange with an optional "
                            + "system message can. Use a model with a chat template, or rendering: auto.");
                }
                s.append(m.content()).append("\n\n");
            }
            prompt = new Text.Plain(s.toString());
        }
        List<TextGroup.Response> responses = new ArrayList<>();
        for (TextGroup.Response r : group.responses()) {
            Text text = r.text() instanceof Text.Chat chat ? new Text.Plain(chat.messages().get(0).content()) : r.text();
            responses.add(new TextGroup.Response(text, r.score(), r.label()));
        }
        return new TextGroup(group.at(), prompt, responses);
    }
}
