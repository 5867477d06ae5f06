package org.align4j.core.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Small templates, written by hand and at random, against what Python's jinja2 3.1.6 makes of them, with the settings and {@code tojson} of transformers. */
class ReferenceRendersTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Rendered by the reference, refused here by design. */
    private static final List<String> OUTSIDE = List.of("batch", "zfill", "__class__", "s.upper }}", "{{ loop }}");

    @Test
    void rendersTheSameTextOrRefuses() throws Exception {
        JsonNode file;
        try (InputStream in = getClass().getResourceAsStream("reference.json")) {
            file = JSON.readTree(in);
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> variables = JSON.convertValue(file.get("variables"), Map.class);
        List<String> faults = new ArrayList<>();
        int same = 0;
        for (JsonNode c : file.get("cases")) {
            String template = c.get("template").asString();
            String rendered;
            try {
                rendered = Template.parse("t", template).render(variables, Clock.systemUTC()).text();
            } catch (TemplateException e) {
                if (c.has("expected") && OUTSIDE.stream().noneMatch(template::contains)) {
                    faults.add(template + "\n  refused: " + e.getMessage() + "\n  expected: " + c.get("expected").asString());
                }
                continue;
            }
            if (!c.has("expected")) {
                faults.add(template + "\n  must fail (" + c.get("error").asString() + "), gave " + rendered);
            } else if (!c.get("expected").asString().equals(rendered)) {
                faults.add(template + "\n  expected: " + c.get("expected").asString() + "\n  found:    " + rendered);
            } else {
                same++;
            }
        }
        assertEquals("", String.join("\n", faults));
        assertTrue(same >= 450, "only " + same + " cases rendered");
    }
}
