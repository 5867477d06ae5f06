package org.align4j.rewardmodels.serve.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.Ranking;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/score}: one input, or a list of them; each a prompt or messages, and a response or several. */
final class ScoreAsk implements Ask {
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
    private final List<Question> questions = new ArrayList<>();
    private final List<String> fields = new ArrayList<>();
    private final boolean rank;

    ScoreAsk(JsonNode node) {
        Fields body = new Fields(node, "");
        rank = body.flag("rank", false);
        if (body.has("inputs")) {
            List<JsonNode> inputs = body.requiredList("inputs");
            body.noOthers();
            for (int i = 0; i < inputs.size(); i++) {
                Fields one = new Fields(inputs.get(i), "/inputs/" + i);
                add(one);
                one.noOthers();
            }
        } else {
            add(body);
            body.noOthers();
        }
    }

    private void add(Fields input) {
        Text prompt = prompt(input);
        boolean many = input.has("responses");
        boolean single = input.has("response");
        if (many == single) {
            throw new Problem(422, input.at("response"), "Give " + input.at("response") + ", a string, or " + input.at("responses") + ", a list of strings: one of them.");
        }
        List<Answer> answers = new ArrayList<>();
        if (single) {
            answers.add(answer(input.node("response"), input.at("response")));
        } else {
            List<JsonNode> nodes = input.requiredList("responses");
            for (int i = 0; i < nodes.size(); i++) {
                answers.add(answer(nodes.get(i), input.at("responses") + "/" + i));
            }
        }
        questions.add(new Question(prompt, answers, input.text("reference")));
        fields.add(single ? input.at("response") : input.at("responses"));
    }

    private static Text prompt(Fields input) {
        boolean text = input.has("prompt");
        boolean chat = input.has("messages");
        if (text == chat) {
            throw new Problem(422, input.at("prompt"), "Give " + input.at("prompt") + ", a string, or " + input.at("messages") + ", a list of messages: one of them.");
        }
        if (text) {
            return new Text.Plain(input.text("prompt"));
        }
        List<JsonNode> nodes = input.requiredList("messages");
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Fields m = new Fields(nodes.get(i), input.at("messages") + "/" + i);
            String role = m.requiredText("role");
            if (!ROLES.contains(role)) {
                throw new Problem(422, m.at("role"), m.at("role") + " must be system, user, assistant or tool.");
            }
            messages.add(new Message(role, m.requiredText("content")));
            m.noOthers();
        }
        return new Text.Chat(messages);
    }

    /** A string, or an object that says as well whether the response came to its own end. */
    private static Answer answer(JsonNode node, String at) {
        if (!node.isObject()) {
            return Answer.of(Fields.text(node, at));
        }
        Fields f = new Fields(node, at);
        Answer a = new Answer(f.requiredText("text"), null, f.flag("ended", true));
        f.noOthers();
        return a;
    }

    @Override
    public List<Question> questions() {
        return questions;
    }

    @Override
    public String field(int question, int answer) {
        String f = fields.get(question);
        return f.endsWith("/responses") && answer >= 0 ? f + "/" + answer : f;
    }

    @Override
    public Map<String, Object> reply(List<double[]> scores) {
        List<Object> results = new ArrayList<>();
        for (double[] s : scores) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("scores", s);
            if (rank) {
                Ranking r = Ranking.of(s);
                one.put("ranking", r.order());
                one.put("probabilities", r.probabilities());
            }
            results.add(one);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("results", results);
        return all;
    }
}
