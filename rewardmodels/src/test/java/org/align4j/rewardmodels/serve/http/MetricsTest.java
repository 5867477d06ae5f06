package org.align4j.rewardmodels.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.rewardmodels.serve.ArithmeticReward;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.junit.jupiter.api.Test;

/** The page of metrics against the rules of Prometheus' text format. */
class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{((?:[a-zA-Z_]\\w*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\",?)*)\\})? (-?[0-9.]+(?:E-?[0-9]+)?|\\+Inf|NaN)");

    @Test
    void thePageIsWellFormedAndCounts() {
        ScoreService service = new ScoreService(ArithmeticReward::new, TokenCount.ESTIMATE, ServiceOptions.DEFAULT).awaitReady();
        HttpMetrics http = new HttpMetrics();
        Api api = new Api(service, ServerOptions.DEFAULT, http);
        for (int i = 0; i < 3; i++) {
            http.begin();
            Handled h = api.handle(new Call("POST", "/v1/score", Map.of("content-type", "application/json"),
                    "{\"prompt\":\"p\",\"responses\":[\"a\",\"b\"]}".getBytes(StandardCharsets.UTF_8), "x"));
            http.end(h.route(), h.reply().status(), 0.01 * i);
        }
        api.handle(new Call("POST", "/v1/score", Map.of("content-type", "application/json"), "{\"prompt\":\"p\",\"response\":\"POISON\"}".getBytes(StandardCharsets.UTF_8), "x"));
        service.close();
        Reply page = api.handle(new Call("GET", "/metrics", Map.of(), new byte[0], "x")).reply();
        assertEquals("text/plain; version=0.0.4; charset=utf-8", page.type());
        Map<String, Double> samples = samples(new String(page.body(), StandardCharsets.UTF_8));
        assertEquals(3, samples.get("align4j_http_requests_total{route=\"/v1/score\",status=\"200\"}"));
        assertEquals(3, samples.get("align4j_http_request_seconds_bucket{route=\"/v1/score\",le=\"+Inf\"}"));
        assertEquals(2, samples.get("align4j_http_request_seconds_bucket{route=\"/v1/score\",le=\"0.01\"}"));
        assertEquals(0.03, samples.get("align4j_http_request_seconds_sum{route=\"/v1/score\"}"), 1e-12);
        assertEquals(6, samples.get("align4j_answers_total"));
        assertEquals(4, samples.get("align4j_accepted_total"));
        assertEquals(1, samples.get("align4j_failed_total{reason=\"fault\"}"));
        assertEquals(0, samples.get("align4j_ready"));
        assertEquals(7, samples.get("align4j_batch_answers_sum"));
        assertTrue(samples.containsKey("align4j_reward_info{name=\"arithmetic \\\"reward\\\"\",digest=\"" + "00ff".repeat(16) + "\"}"));
    }

    /** Every line is a comment or a sample of a family announced before; nothing stands twice; buckets ascend and end at the count. */
    private static Map<String, Double> samples(String page) {
        assertTrue(page.endsWith("\n"));
        Map<String, String> types = new HashMap<>();
        Set<String> helped = new HashSet<>();
        Map<String, Double> samples = new LinkedHashMap<>();
        String family = "";
        String series = "";
        double last = 0;
        for (String line : page.split("\n")) {
            if (line.startsWith("# HELP ")) {
                assertTrue(helped.add(line.split(" ", 4)[2]), line);
            } else if (line.startsWith("# TYPE ")) {
                family = line.split(" ")[2];
                assertTrue(helped.contains(family), line);
                assertEquals(null, types.put(family, line.split(" ")[3]), line);
            } else {
                Matcher m = SAMPLE.matcher(line);
                assertTrue(m.matches(), line);
                String name = m.group(1);
                boolean histogram = types.get(family).equals("histogram");
                assertTrue(histogram ? name.matches(Pattern.quote(family) + "_(bucket|sum|count)") : name.equals(family), line);
                double value = Double.parseDouble(m.group(4));
                if (histogram && name.endsWith("_bucket")) {
                    String one = line.replaceFirst(",?le=.*", "");
                    assertTrue(!one.equals(series) || value >= last, line);
                    series = one;
                    last = value;
                } else if (histogram && name.endsWith("_count")) {
                    assertEquals(last, value, line);
                }
                assertTrue(types.get(family).equals("counter") == name.endsWith("_total"), line);
                assertEquals(null, samples.put(line.substring(0, line.lastIndexOf(' ')), value), line);
            }
        }
        return samples;
    }
}
