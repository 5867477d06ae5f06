package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.data.internal.Shapes.Result;
import tools.jackson.databind.JsonNode;

/** Message trees: every group of assistant replies to one conversation is a list; rank 0 is best. */
final class OasstShape {
    private OasstShape() {}

    static Result read(Fields r) {
        Fields root = r.has("prompt") ? r.inner("prompt", r.require("prompt")) : r;
        List<TextGroup> groups = new ArrayList<>();
        walk(root, List.of(), groups);
        return Result.of(groups);
    }

    private static void walk(Fields node, List<Message> before, List<TextGroup> groups) {
        List<Message> path = new ArrayList<>(before);
        path.add(new Message(role(node), node.text("text")));
        JsonNode replies = node.array("replies");
        List<TextGroup.Response> responses = new ArrayList<>();
        for (int i = 0; i < replies.size(); i++) {
            Fields reply = node.inner("replies[" + i + "]", replies.get(i));
            if (reply.has("deleted") && reply.flag("deleted")) {
                continue;
            }
            if (role(reply).equals(Turns.ASSISTANT)) {
                double score = reply.has("rank") ? -reply.number("rank", reply.get("rank")) : Double.NaN;
                responses.add(new TextGroup.Response(PairShapes.reply(reply.text("text")), score, null));
            }
            walk(reply, path, groups);
        }
        if (!responses.isEmpty()) {
            groups.add(new TextGroup(node.at(), new Text.Chat(path), responses));
        }
    }

    private static String role(Fields node) {
        String role = node.text("role");
        if (role.equals("prompter")) {
            return Turns.USER;
        }
        if (role.equals("assistant")) {
            return Turns.ASSISTANT;
        }
        throw node.error("field '" + node.path("role") + "' must be \"prompter\" or \"assistant\", found \"" + role + "\".");
    }
}
