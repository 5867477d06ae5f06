package org.align4j.rewardmodels.serve.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /get_reward}: the remote reward protocol of <a href="https://github.com/OpenRLHF/OpenRLHF">OpenRLHF</a>. A query is a prompt and its response
 * in one text, as the policy's template and tokenizer wrote them, special tokens included; where the prompt is sent beside it, the query begins with it.
 * A text that closes answers is taken off the end; without one the response counts as cut.
 */
final class RemoteRewardAsk implements Ask {
    private final List<Question> questions = new ArrayList<>();

    /** @param endings texts that close an answer; empty where they are not known, and then every response counts as finished */
    RemoteRewardAsk(JsonNode node, Set<String> endings) {
        Fields body = new Fields(node, "");
        List<JsonNode> queries = body.requiredList("query");
        List<JsonNode> prompts = beside(body, "prompts", queries.size());
        List<JsonNode> labels = beside(body, "labels", queries.size());
        body.noOthers();
        for (int i = 0; i < queries.size(); i++) {
            String query = Fields.text(queries.get(i), "/query/" + i);
            String prompt = prompts == null ? "" : Fields.text(prompts.get(i), "/prompts/" + i);
            if (!query.startsWith(prompt)) {
                throw new Problem(422, "/query/" + i, "/query/" + i + " must begin with /prompts/" + i + ".");
            }
            questions.add(new Question(new Text.Plain(prompt), List.of(answer(query.substring(prompt.length()), endings)),
                    labels == null ? null : label(labels.get(i), "/labels/" + i)));
        }
    }

    private static List<JsonNode> beside(Fields body, String name, int size) {
        List<JsonNode> all = body.list(name);
        if (all == null || all.isEmpty()) {
            return null;
        }
        if (all.size() != size) {
            throw new Problem(422, body.at(name), body.at(name) + " must have as many elements as /query, " + size + ", found " + all.size() + ".");
        }
        return all;
    }

    private static Answer answer(String response, Set<String> endings) {
        // The text stays as it is: a tokenizer reads the written token as the very one the answer was closed with, of which it may have several.
        return new Answer(response, null, endings.isEmpty() || endings.stream().anyMatch(response::endsWith));
    }

    /** A label is the reference answer: a string, or a number as its digits; null for none. */
    private static String label(JsonNode node, String at) {
        if (node.isNull()) {
            return null;
        }
        return node.isNumber() ? node.asString() : Fields.text(node, at);
    }

    @Override
    public List<Question> questions() {
        return questions;
    }

    @Override
    public String field(int question, int answer) {
        return "/query/" + question;
    }

    @Override
    public Map<String, Object> reply(List<double[]> scores) {
        double[] all = scores.stream().mapToDouble(s -> s[0]).toArray();
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("rewards", all);
        reply.put("scores", all);
        reply.put("extra_logs", Map.of());
        return reply;
    }
}
