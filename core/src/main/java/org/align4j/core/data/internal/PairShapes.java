package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.DropReason;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.data.internal.Shapes.Result;
import tools.jackson.databind.JsonNode;

/** Shapes with a chosen and a rejected response. */
final class PairShapes {
    private PairShapes() {}

    static Result preference(Fields r) {
        String chosen = r.has("chosen_messages") ? "chosen_messages" : "chosen";
        String rejected = r.has("rejected_messages") ? "rejected_messages" : "rejected";
        String promptName = r.has("prompt") || !r.has("question") ? "prompt" : "question";
        JsonNode c = r.require(chosen);
        JsonNode j = r.require(rejected);
        if (c.isString() != j.isString()) {
            throw r.wrong(rejected, c.isString() ? "text as '" + chosen + "' is" : "messages as '" + chosen + "' are", j);
        }
        JsonNode p = r.get(promptName);
        if (c.isString()) {
            if (p == null) {
                throw Shapes.noPrompt(r);
            }
            if (p.isString() && promptName.equals("prompt")) {
                return pair(r, new Text.Plain(r.text("prompt")), new Text.Plain(r.text(chosen)), new Text.Plain(r.text(rejected)));
            }
            List<Message> prompt = p.isString() ? SingleShapes.asked(r, r.text(promptName)) : Turns.list(r, promptName);
            return pair(r, new Text.Chat(prompt), reply(r.text(chosen)), reply(r.text(rejected)));
        }
        return messages(r, promptName, p, side(r, chosen), side(r, rejected));
    }

    /** A side as turns; a single object is one turn. */
    private static List<Message> side(Fields r, String name) {
        return r.require(name).isObject() ? List.of(Turns.turn(r, name, r.require(name))) : Turns.list(r, name);
    }

    private static Result messages(Fields r, String promptName, JsonNode p, List<Message> chosen, List<Message> rejected) {
        int k = Transcripts.parting(chosen, rejected);
        List<Message> shared = chosen.subList(0, k);
        List<Message> prompt;
        if (p == null) {
            prompt = shared;
            if (prompt.isEmpty()) {
                throw r.error("the prompt cannot be told: there is no field 'prompt', and chosen and rejected share no first turn. Add the prompt, or name it with columns: {prompt: …}.");
            }
        } else if (p.isString()) {
            String text = r.text(promptName);
            if (shared.isEmpty()) {
                prompt = SingleShapes.asked(r, text);
            } else if (shared.stream().anyMatch(m -> m.role().equals(Turns.USER) && m.content().strip().equals(text.strip()))) {
                prompt = shared;
            } else {
                throw r.error("field '" + r.path(promptName) + "' is none of the user turns that chosen and rejected share; which of them is the prompt cannot be told. "
                        + "Remove the field, or shorten chosen and rejected to the response.");
            }
        } else {
            List<Message> given = Turns.list(r, promptName);
            boolean repeated = k >= given.size() && chosen.subList(0, given.size()).equals(given);
            prompt = new ArrayList<>(given);
            prompt.addAll(repeated ? shared.subList(given.size(), k) : shared);
        }
        if (chosen.size() - k != 1 || rejected.size() - k != 1) {
            return Result.drop(DropReason.DIVERGING_TURNS);
        }
        Message c = assistant(r, "chosen", chosen.get(k));
        Message j = assistant(r, "rejected", rejected.get(k));
        return pair(r, new Text.Chat(prompt), new Text.Chat(List.of(c)), new Text.Chat(List.of(j)));
    }

    private static Message assistant(Fields r, String name, Message m) {
        if (!m.role().equals(Turns.ASSISTANT)) {
            throw r.error("the last turn of '" + r.path(name) + "' must be the assistant's, found the role \"" + m.role() + "\".");
        }
        return m;
    }

    static Result transcripts(Fields r) {
        String chosen = r.text("chosen");
        String rejected = r.text("rejected");
        if (!Transcripts.is(chosen) || !Transcripts.is(rejected)) {
            throw Shapes.noPrompt(r);
        }
        List<String> c = Transcripts.cut(chosen);
        List<String> j = Transcripts.cut(rejected);
        int k = Transcripts.parting(c, j);
        if (k != c.size() - 1 || k != j.size() - 1 || !c.get(k).startsWith(Transcripts.ASSISTANT) || !j.get(k).startsWith(Transcripts.ASSISTANT)) {
            return Result.drop(DropReason.DIVERGING_TURNS);
        }
        String prompt = String.join("", c.subList(0, k)) + Transcripts.ASSISTANT;
        return pair(r, new Text.Plain(prompt), new Text.Plain(chosen.substring(prompt.length())), new Text.Plain(rejected.substring(prompt.length())));
    }

    static Result alpaca(Fields r) {
        List<Message> prompt = SingleShapes.alpacaPrompt(r);
        return pair(r, new Text.Chat(prompt), response(r, "chosen"), response(r, "rejected"));
    }

    static Result sharegpt(Fields r, DataSettings settings) {
        List<Message> prompt = SingleShapes.turns(r, r.has("conversations") || !r.has("messages") ? "conversations" : "messages", settings);
        if (Turns.endsWithAssistant(prompt)) {
            throw r.error("the conversation before chosen and rejected ends with an assistant turn; a user or tool turn was expected.");
        }
        return pair(r, new Text.Chat(prompt), response(r, "chosen"), response(r, "rejected"));
    }

    private static Text response(Fields r, String name) {
        JsonNode n = r.require(name);
        return n.isString() ? reply(r.text(name)) : new Text.Chat(List.of(assistant(r, name, Turns.turn(r, name, n))));
    }

    static Text reply(String content) {
        return new Text.Chat(List.of(new Message(Turns.ASSISTANT, content)));
    }

    static Result ids(Fields r) {
        return pair(r, new Text.Ids(r.ids("prompt_ids", r.require("prompt_ids"))), new Text.Ids(r.ids("chosen_ids", r.require("chosen_ids"))),
                new Text.Ids(r.ids("rejected_ids", r.require("rejected_ids"))));
    }

    /** Adds the row's target, a response to imitate, to its pair as a third response, in the form of the chosen one; rows without one stay as they are. */
    static Result withTarget(Fields r, Result result) {
        if (result.groups().isEmpty()) {
            return result;
        }
        TextGroup pair = result.groups().get(0);
        Text chosen = pair.responses().get(0).text();
        String name = chosen instanceof Text.Ids ? "target_ids" : "target";
        if (!r.has(name)) {
            return result;
        }
        Text target = chosen instanceof Text.Ids ? new Text.Ids(r.ids(name, r.require(name))) : chosen instanceof Text.Plain ? new Text.Plain(r.text(name)) : response(r, name);
        List<TextGroup.Response> responses = new ArrayList<>(pair.responses());
        responses.add(new TextGroup.Response(target, Double.NaN, null));
        return new Result(List.of(new TextGroup(pair.at(), pair.prompt(), responses)), null, result.graded());
    }

    /** A pair whose scores differ by the strength of the preference: its margin, or the difference of its scores; 1 where the row states neither. */
    private static Result pair(Fields r, Text prompt, Text chosen, Text rejected) {
        double up = 1;
        double down = 0;
        boolean graded = false;
        for (String[] names : new String[][] {{"score_chosen", "score_rejected"}, {"chosen_score", "rejected_score"}}) {
            if (r.has(names[0]) && r.has(names[1])) {
                up = r.number(names[0], r.get(names[0]));
                down = r.number(names[1], r.get(names[1]));
                graded = true;
            }
        }
        if (r.has("margin")) {
            double margin = r.number("margin", r.get("margin"));
            if (margin < 0) {
                throw r.error("field '" + r.path("margin") + "' is " + margin + "; how much better the chosen response is cannot be negative. Swap the responses.");
            }
            up = down + margin;
            graded = true;
        }
        TextGroup pair = new TextGroup(r.at(), prompt, List.of(new TextGroup.Response(chosen, up, null), new TextGroup.Response(rejected, down, null)));
        return new Result(List.of(pair), null, graded);
    }
}
