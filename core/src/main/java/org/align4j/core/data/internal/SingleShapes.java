package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Message;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.data.internal.Shapes.Result;
import tools.jackson.databind.JsonNode;

/** Shapes with one response, or none. */
final class SingleShapes {
    private SingleShapes() {}

    static Result promptCompletion(Fields r) {
        String name = r.has("completion") || !r.has("response") ? "completion" : "response";
        JsonNode p = r.require("prompt");
        JsonNode c = r.require(name);
        Text prompt = promptText(r);
        Text response;
        if (c.isString()) {
            response = p.isString() ? new Text.Plain(r.text(name)) : PairShapes.reply(r.text(name));
        } else {
            List<Message> turns = Turns.list(r, name);
            if (turns.size() != 1 || !Turns.endsWithAssistant(turns)) {
                throw r.error("field '" + r.path(name) + "' must be text or one assistant turn, found " + turns.size() + " turn(s) that start with the role \""
                        + turns.get(0).role() + "\".");
            }
            response = new Text.Chat(turns);
            if (prompt instanceof Text.Plain plain) {
                prompt = new Text.Chat(asked(r, plain.text()));
            }
        }
        return single(r, prompt, response);
    }

    /** The field {@code prompt}: text as it is, or turns that end before the assistant's. */
    static Text promptText(Fields r) {
        JsonNode p = r.require("prompt");
        if (p.isString()) {
            return new Text.Plain(r.text("prompt"));
        }
        List<Message> turns = Turns.list(r, "prompt");
        if (Turns.endsWithAssistant(turns)) {
            throw r.error("field '" + r.path("prompt") + "' ends with an assistant turn; a user or tool turn was expected.");
        }
        return new Text.Chat(turns);
    }

    static Result prompt(Fields r) {
        if (r.has("prompt")) {
            return Result.of(new TextGroup(r.at(), promptText(r), List.of()));
        }
        List<Message> asked = r.has("question") ? asked(r, r.text("question")) : alpacaPrompt(r);
        return Result.of(new TextGroup(r.at(), new Text.Chat(asked), List.of()));
    }

    static Result conversation(Fields r, String name, DataSettings settings) {
        List<Message> turns = turns(r, name, settings);
        return Result.of(demonstrations(r, turns, settings));
    }

    /** Turns with the row's system text and tool descriptions in front. */
    static List<Message> turns(Fields r, String name, DataSettings settings) {
        List<Message> turns = new ArrayList<>(Turns.list(r, name));
        String system = r.textOrNull("system");
        if (system != null && !system.isEmpty()) {
            if (turns.get(0).role().equals(Turns.SYSTEM)) {
                throw r.error("field 'system' is filled and '" + r.path(name) + "' starts with a system turn; only one of them may be there.");
            }
            turns.add(0, new Message(Turns.SYSTEM, system));
        }
        String tools = tools(r);
        if (tools != null) {
            switch (settings.tools()) {
                case ERROR -> throw r.error("field 'tools' is filled, and how a model is told of its tools is its own matter. "
                        + "Set tools: system to put the descriptions into the system message, or tools: ignore to leave them out.");
                case IGNORE -> { }
                case SYSTEM -> {
                    boolean there = turns.get(0).role().equals(Turns.SYSTEM);
                    String text = there ? turns.remove(0).content() + "\n\n" + tools : tools;
                    turns.add(0, new Message(Turns.SYSTEM, text));
                }
            }
        }
        return turns;
    }

    private static String tools(Fields r) {
        JsonNode n = r.get("tools");
        if (n == null || n.isContainer() && n.isEmpty()) {
            return null;
        }
        String s = n.isString() ? r.text("tools") : n.toString();
        return s.isBlank() || s.equals("[]") ? null : s;
    }

    private static List<TextGroup> demonstrations(Fields r, List<Message> turns, DataSettings settings) {
        List<TextGroup> groups = new ArrayList<>();
        Boolean label = r.has("label") ? (Boolean) r.flag("label") : null;
        boolean all = settings.turns() == DataSettings.Turns.ALL && settings.task() == TaskKind.DEMONSTRATION;
        for (int i = all ? 0 : turns.size() - 1; i < turns.size(); i++) {
            if (turns.get(i).role().equals(Turns.ASSISTANT)) {
                if (i == 0) {
                    if (all) {
                        // an opening by the assistant answers nothing; it stays context of what follows
                        continue;
                    }
                    throw r.error("the conversation is one assistant turn without a turn before it; a user turn was expected.");
                }
                groups.add(group(r, new Text.Chat(turns.subList(0, i)), new Text.Chat(List.of(turns.get(i))), label));
            }
        }
        if (groups.isEmpty()) {
            groups.add(new TextGroup(r.at(), new Text.Chat(turns), List.of()));
        }
        return groups;
    }

    static Result alpaca(Fields r, DataSettings settings) {
        List<Message> turns = alpacaPrompt(r);
        turns.add(new Message(Turns.ASSISTANT, r.text(r.has("output") || !r.has("response") ? "output" : "response")));
        return Result.of(demonstrations(r, turns, settings));
    }

    /** System text, history and instruction with its input below. */
    static List<Message> alpacaPrompt(Fields r) {
        List<Message> turns = new ArrayList<>();
        String system = r.textOrNull("system");
        if (system != null && !system.isEmpty()) {
            turns.add(new Message(Turns.SYSTEM, system));
        }
        if (r.has("history")) {
            JsonNode history = r.array("history");
            for (int i = 0; i < history.size(); i++) {
                String at = "history[" + i + "]";
                JsonNode exchange = r.array(at, history.get(i));
                if (exchange.size() != 2) {
                    throw r.wrong(at, "an instruction and its response", exchange);
                }
                turns.add(new Message(Turns.USER, r.text(at + "[0]", exchange.get(0))));
                turns.add(new Message(Turns.ASSISTANT, r.text(at + "[1]", exchange.get(1))));
            }
        }
        turns.add(new Message(Turns.USER, below(r.text("instruction"), r.textOrNull(r.has("input") ? "input" : "context"))));
        return turns;
    }

    private static String below(String instruction, String input) {
        return input == null || input.isEmpty() ? instruction : instruction.isEmpty() ? input : instruction + "\n" + input;
    }

    static Result selfInstruct(Fields r) {
        String instruction = r.text("instruction");
        JsonNode instances = r.array("instances");
        if (instances.isEmpty()) {
            throw r.error("field 'instances' is an empty list; at least one was expected.");
        }
        List<TextGroup> groups = new ArrayList<>();
        for (int i = 0; i < instances.size(); i++) {
            Fields f = r.inner("instances[" + i + "]", instances.get(i));
            Text prompt = new Text.Chat(List.of(new Message(Turns.USER, below(instruction, f.textOrNull("input")))));
            groups.add(group(r, prompt, PairShapes.reply(f.text("output")), null));
        }
        return Result.of(groups);
    }

    /** A question as a user's message, the row's system text before it. */
    static List<Message> asked(Fields r, String question) {
        String system = r.textOrNull("system");
        Message user = new Message(Turns.USER, question);
        return system == null || system.isEmpty() ? List.of(user) : List.of(new Message(Turns.SYSTEM, system), user);
    }

    static Result questionAnswer(Fields r) {
        return single(r, new Text.Chat(asked(r, r.text("question"))), PairShapes.reply(r.text("answer")));
    }

    static Result text(Fields r) {
        return single(r, new Text.Plain(""), new Text.Plain(r.text("text")));
    }

    static Result ids(Fields r) {
        return single(r, new Text.Ids(r.ids("prompt_ids", r.require("prompt_ids"))), new Text.Ids(r.ids("response_ids", r.require("response_ids"))));
    }

    static Result idsPrompt(Fields r) {
        return Result.of(new TextGroup(r.at(), new Text.Ids(r.ids("prompt_ids", r.require("prompt_ids"))), List.of()));
    }

    private static Result single(Fields r, Text prompt, Text response) {
        return Result.of(group(r, prompt, response, r.has("label") ? (Boolean) r.flag("label") : null));
    }

    private static TextGroup group(Fields r, Text prompt, Text response, Boolean label) {
        double score = r.has("score") && r.peek("score").isNumber() ? r.number("score", r.get("score")) : Double.NaN;
        return new TextGroup(r.at(), prompt, List.of(new TextGroup.Response(response, score, label)));
    }
}
