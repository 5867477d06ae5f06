package org.align4j.core.data.internal;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.data.internal.Shapes.Result;
import tools.jackson.databind.JsonNode;

/** Shapes with several responses to one prompt. */
final class ListShapes {
    private static final List<String> TEXTS = List.of("text", "response", "content", "completion", "output");
    private static final List<String> SCORES = List.of("score", "overall_score", "reward", "rating");

    private ListShapes() {}

    static Result scored(Fields r) {
        boolean instruction = !r.has("prompt") && r.has("instruction");
        String name = r.has("responses") || !r.has("completions") ? "responses" : "completions";
        JsonNode list = r.array(name);
        if (list.isEmpty()) {
            throw r.error("field '" + r.path(name) + "' is an empty list; at least one response was expected.");
        }
        boolean chat = instruction || r.require("prompt").isArray();
        double[] outer = outerScores(r, name, list.size());
        List<TextGroup.Response> responses = new ArrayList<>(list.size());
        int scored = 0;
        for (int i = 0; i < list.size(); i++) {
            JsonNode n = list.get(i);
            String at = name + "[" + i + "]";
            String text;
            double score = outer == null ? Double.NaN : outer[i];
            if (n.isObject()) {
                Fields f = r.inner(at, n);
                text = f.text(TEXTS.stream().filter(f::has).findFirst().orElse("text"));
                if (outer == null) {
                    score = innerScore(f);
                }
            } else {
                text = r.text(at, n);
            }
            scored += Double.isNaN(score) ? 0 : 1;
            responses.add(new TextGroup.Response(chat ? PairShapes.reply(text) : new Text.Plain(text), score, null));
        }
        if (scored != 0 && scored != list.size()) {
            throw r.error("of the " + list.size() + " responses in '" + r.path(name) + "' only " + scored + " have a score or rank; all or none must.");
        }
        Text prompt = instruction ? new Text.Chat(SingleShapes.alpacaPrompt(r)) : SingleShapes.promptText(r);
        return Result.of(new TextGroup(r.at(), prompt, responses));
    }

    static Result ids(Fields r) {
        JsonNode list = r.array("responses_ids");
        double[] scores = outerScores(r, "responses_ids", list.size());
        if (list.isEmpty() || scores == null) {
            throw r.error(list.isEmpty() ? "field '" + r.path("responses_ids") + "' is an empty list; at least one response was expected."
                    : "field '" + r.path("scores") + "' is missing; a score for each response was expected.");
        }
        List<TextGroup.Response> responses = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            responses.add(new TextGroup.Response(new Text.Ids(r.ids("responses_ids[" + i + "]", list.get(i))), scores[i], null));
        }
        return Result.of(new TextGroup(r.at(), new Text.Ids(r.ids("prompt_ids", r.require("prompt_ids"))), responses));
    }

    private static double[] outerScores(Fields r, String name, int n) {
        String field = r.has("scores") ? "scores" : r.has("ranks") ? "ranks" : null;
        if (field == null) {
            return null;
        }
        JsonNode list = r.array(field);
        if (list.size() != n) {
            throw r.error("field '" + r.path(field) + "' has " + list.size() + " entries, but '" + r.path(name) + "' has " + n + "; one for each response was expected.");
        }
        double[] scores = new double[n];
        for (int i = 0; i < n; i++) {
            double v = r.number(field + "[" + i + "]", list.get(i));
            scores[i] = field.equals("ranks") ? -v : v;
        }
        return scores;
    }

    private static double innerScore(Fields f) {
        for (String s : SCORES) {
            if (f.has(s)) {
                return f.number(s, f.get(s));
            }
        }
        return f.has("rank") ? -f.number("rank", f.get("rank")) : Double.NaN;
    }

    static boolean hasSolutions(Fields r) {
        for (String c : r.columns()) {
            if (isSolution(r.peek(c))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSolution(JsonNode n) {
        return n != null && n.isObject() && (n.has("solution") || n.has("is_correct"));
    }

    static Result solutions(Fields r) {
        List<TextGroup.Response> responses = new ArrayList<>();
        for (String c : r.columns()) {
            if (isSolution(r.peek(c))) {
                Fields f = r.inner(c, r.get(c));
                boolean correct = f.flag("is_correct");
                responses.add(new TextGroup.Response(PairShapes.reply(f.text("solution")), correct ? 1 : 0, correct));
            }
        }
        if (responses.isEmpty()) {
            throw r.error("no field holds an object with 'solution' and 'is_correct'; the row has " + r.listed() + ".");
        }
        return Result.of(new TextGroup(r.at(), new Text.Chat(SingleShapes.asked(r, r.text("question"))), responses));
    }
}
