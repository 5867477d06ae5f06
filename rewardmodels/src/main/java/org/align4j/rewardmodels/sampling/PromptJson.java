package org.align4j.rewardmodels.sampling;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.io.Digests;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Prompts and answers as rows of JSON. */
public final class PromptJson {
    private PromptJson() {}

    /** Fields of a prompt. */
    static Map<String, Object> prompt(Prompt p) {
        Map<String, Object> row = new LinkedHashMap<>();
        if (!(p.text() instanceof Text.Ids)) {
            row.put("prompt", text(p.text()));
        }
        row.put("prompt_ids", p.ids());
        if (p.reference() != null) {
            row.put("reference", p.reference());
        }
        return row;
    }

    /** Plain text, or a list of messages. */
    public static Object text(Text text) {
        if (text instanceof Text.Plain plain) {
            return plain.text();
        }
        List<Map<String, String>> messages = new ArrayList<>();
        for (Message m : ((Text.Chat) text).messages()) {
            messages.add(message(m.role(), m.content()));
        }
        return messages;
    }

    /** A turn. */
    public static Map<String, String> message(String role, String content) {
        Map<String, String> m = new LinkedHashMap<>();
        m.put("role", role);
        m.put("content", content);
        return m;
    }

    /** SHA-256 of prompts in their order. */
    static String digest(List<Prompt> prompts) {
        MessageDigest d = Digests.newDigest();
        for (Prompt p : prompts) {
            d.update(JsonMapper.shared().writeValueAsString(prompt(p)).getBytes(StandardCharsets.UTF_8));
            d.update((byte) '\n');
        }
        return HexFormat.of().formatHex(d.digest());
    }

    /** A prompt with its answers. */
    static Map<String, Object> row(int index, long seed, Prompt prompt, List<SampledAnswer> answers) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("index", index);
        row.put("seed", seed);
        row.putAll(prompt(prompt));
        row.put("answers", answers.stream().map(PromptJson::answer).toList());
        return row;
    }

    static Map<String, Object> answer(SampledAnswer a) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("text", a.text());
        row.put("ids", a.ids());
        if (!Double.isNaN(a.logProb())) {
            row.put("logprob", a.logProb());
        }
        row.put("finish", a.finish().name().toLowerCase(java.util.Locale.ROOT));
        if (!Double.isNaN(a.score())) {
            row.put("score", a.score());
        }
        return row;
    }

    static SampledAnswer answer(JsonNode n) {
        return new SampledAnswer(n.required("text").asString(), ids(n.required("ids")), n.has("logprob") ? n.get("logprob").asDouble() : Double.NaN,
                FinishReason.valueOf(n.required("finish").asString().toUpperCase(java.util.Locale.ROOT)), n.has("score") ? n.get("score").asDouble() : Double.NaN);
    }

    static int[] ids(JsonNode n) {
        int[] ids = new int[n.size()];
        Arrays.setAll(ids, i -> n.get(i).asInt());
        return ids;
    }

    static double[] numbers(JsonNode n) {
        double[] v = new double[n.size()];
        Arrays.setAll(v, i -> n.get(i).asDouble());
        return v;
    }
}
