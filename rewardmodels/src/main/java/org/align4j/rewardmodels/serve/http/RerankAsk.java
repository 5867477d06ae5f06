package org.align4j.rewardmodels.serve.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.Ranking;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/rerank}: documents put in order for a query, in the shape of Cohere's and Jina's rerankers; the relevance is the score itself. */
final class RerankAsk implements Ask {
    private final Question question;
    private final int top;
    private final boolean documents;

    RerankAsk(JsonNode node) {
        Fields body = new Fields(node, "");
        body.text("model"); // what clients of other services send
        String query = body.requiredText("query");
        List<JsonNode> nodes = body.requiredList("documents");
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            String at = "/documents/" + i;
            if (nodes.get(i).isObject()) {
                Fields f = new Fields(nodes.get(i), at);
                answers.add(Answer.of(f.requiredText("text")));
                f.noOthers();
            } else {
                answers.add(Answer.of(Fields.text(nodes.get(i), at)));
            }
        }
        Integer n = body.count("top_n");
        documents = body.flag("return_documents", false);
        body.noOthers();
        top = n == null ? answers.size() : Math.min(n, answers.size());
        question = new Question(new Text.Plain(query), answers, null);
    }

    @Override
    public List<Question> questions() {
        return List.of(question);
    }

    @Override
    public String field(int q, int answer) {
        return answer < 0 ? "/documents" : "/documents/" + answer;
    }

    @Override
    public Map<String, Object> reply(List<double[]> scores) {
        Ranking r = Ranking.of(scores.get(0));
        List<Object> results = new ArrayList<>();
        for (int i : r.order().subList(0, top)) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("index", i);
            one.put("relevance_score", r.scores()[i]);
            if (documents) {
                one.put("document", Map.of("text", question.answers().get(i).text()));
            }
            results.add(one);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("results", results);
        return all;
    }
}
