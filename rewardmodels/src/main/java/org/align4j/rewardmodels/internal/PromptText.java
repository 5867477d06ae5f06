package org.align4j.rewardmodels.internal;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;

/** A prompt as a reader would see it, for rules and judges that read text. */
public final class PromptText {
    private PromptText() {}

    /** Plain text as it is; a single message as its content; turns each with its role and a colon in front, an empty line between them. */
    public static String of(Text prompt) {
        if (prompt instanceof Text.Plain plain) {
            return plain.text();
        }
        if (prompt instanceof Text.Ids) {
            throw new UserException("A prompt must be text or messages here, found token ids. Give prompts as text.");
        }
        List<Message> turns = ((Text.Chat) prompt).messages();
        if (turns.size() == 1) {
            return turns.get(0).content();
        }
        StringBuilder out = new StringBuilder();
        for (Message turn : turns) {
            out.append(out.isEmpty() ? "" : "\n\n").append(named(turn.role())).append(": ").append(turn.content());
        }
        return out.toString();
    }

    private static String named(String role) {
        return role.isEmpty() ? role : Character.toUpperCase(role.charAt(0)) + role.substring(1);
    }
}
