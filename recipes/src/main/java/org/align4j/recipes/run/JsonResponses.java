package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.text.Continued;
import tools.jackson.databind.json.JsonMapper;

/**
 * Responses for programs: a line of JSON each, with {@code prompt} (text, chat messages or ids, as given), {@code sample} (from 0), {@code text} (without stop
 * token and stop string; absent where there is no tokenizer), {@code tokens} (the stop token included), {@code logprobs} (of every token under the model itself,
 * in nats) and {@code finish_reason} ({@code stop_token}, {@code stop_text} or {@code length}).
 */
record JsonResponses(List<Text> prompts, List<Request> requests, TextEncoder encoder, List<String> stop, PrintWriter out) implements Generate.Responses {
    @Override
    public void print(int prompt, Result r) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("prompt", given(prompts.get(prompt)));
        line.put("sample", r.sample());
        if (encoder != null) {
            line.put("text", new Continued(encoder, requests.get(prompt).prompt(), stop).whole(r.content()));
        }
        line.put("tokens", r.tokens());
        line.put("logprobs", r.logProbs());
        line.put("finish_reason", switch (r.reason()) {
            case STOP_TOKEN -> "stop_token";
            case STOP_RULE -> "stop_text";
            case LENGTH -> "length";
        });
        out.println(JsonMapper.shared().writeValueAsString(line));
    }

    private static Object given(Text prompt) {
        if (prompt instanceof Text.Plain p) {
            return p.text();
        }
        if (prompt instanceof Text.Chat c) {
            return c.messages().stream().map(m -> Map.of("role", m.role(), "content", m.content())).toList();
        }
        return ((Text.Ids) prompt).ids();
    }
}
