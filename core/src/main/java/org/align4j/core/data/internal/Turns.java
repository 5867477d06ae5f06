package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Message;
import tools.jackson.databind.JsonNode;

/** Reads lists of turns, {@code role}/{@code content} or {@code from}/{@code value}, into messages with the four role names. */
final class Turns {
    static final String SYSTEM = "system";
    static final String USER = "user";
    static final String ASSISTANT = "assistant";
    static final String TOOL = "tool";

    private static final Map<String, String> ROLES = Map.ofEntries(
            Map.entry("system", SYSTEM), Map.entry("developer", SYSTEM),
            Map.entry("user", USER), Map.entry("human", USER), Map.entry("prompter", USER),
            Map.entry("assistant", ASSISTANT), Map.entry("gpt", ASSISTANT), Map.entry("model", ASSISTANT), Map.entry("chatgpt", ASSISTANT),
            Map.entry("function_call", ASSISTANT),
            Map.entry("tool", TOOL), Map.entry("observation", TOOL), Map.entry("function_response", TOOL), Map.entry("ipython", TOOL));

    private Turns() {}

    /** All turns of a list field; at least one. */
    static List<Message> list(Fields row, String name) {
        JsonNode list = row.array(name);
        if (list.isEmpty()) {
            throw row.error("field '" + row.path(name) + "' is an empty list; at least one turn was expected.");
        }
        List<Message> turns = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            Message m = turn(row, name + "[" + i + "]", list.get(i));
            if (m.role().equals(SYSTEM) && i > 0) {
                throw row.error("field '" + row.path(name + "[" + i + "]") + "' is a system turn; only the first turn may be one.");
            }
            turns.add(m);
        }
        return turns;
    }

    /** One turn. */
    static Message turn(Fields row, String name, JsonNode node) {
        Fields turn = row.inner(name, node);
        String roleField = turn.has("role") || !turn.has("from") ? "role" : "from";
        String role = turn.text(roleField);
        String known = ROLES.get(role);
        if (known == null) {
            throw turn.error("field '" + turn.path(roleField) + "' is the role \"" + role + "\", which is unknown; known are " + Fields.listed(ROLES.keySet()) + ".");
        }
        if (turn.has("tool_calls") && !turn.get("tool_calls").isEmpty()) {
            throw turn.error("field '" + turn.path("tool_calls") + "' cannot be rendered; write the call as text into 'content'.");
        }
        String contentField = turn.has("content") || !turn.has("value") ? "content" : "value";
        return new Message(known, content(turn, contentField));
    }

    private static String content(Fields turn, String name) {
        JsonNode n = turn.require(name);
        if (!n.isArray()) {
            return turn.text(name, n);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < n.size(); i++) {
            Fields part = turn.inner(name + "[" + i + "]", n.get(i));
            String type = part.text("type");
            if (!type.equals("text")) {
                throw part.error("field '" + part.path("type") + "' is \"" + type + "\"; only text is read.");
            }
            text.append(part.text(part.has("text") || !part.has("value") ? "text" : "value"));
        }
        return text.toString();
    }

    static boolean endsWithAssistant(List<Message> turns) {
        return !turns.isEmpty() && turns.get(turns.size() - 1).role().equals(ASSISTANT);
    }
}
