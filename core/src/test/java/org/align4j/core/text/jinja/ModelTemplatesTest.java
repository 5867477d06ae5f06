package org.align4j.core.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Chat templates of published models, byte for byte. */
class ModelTemplatesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void everyPublishedTemplateRendersByteForByte() throws Exception {
        Path file = Path.of(System.getProperty("align4j.shared", "absent"), "golden", "chat-templates.json");
        Assumptions.assumeTrue(Files.exists(file), "skipped: ../shared/golden/chat-templates.json is not here");
        List<String> faults = new ArrayList<>();
        int cases = 0;
        for (JsonNode c : JSON.readTree(Files.readString(file))) {
            cases++;
            @SuppressWarnings("unchecked")
            Map<String, Object> variables = JSON.convertValue(c.get("variables"), Map.class);
            try {
                String rendered = Template.parse(c.get("name").asString(), c.get("template").asString())
                        .render(variables, Clock.fixed(Instant.parse("2024-07-26T12:00:00Z"), ZoneOffset.UTC)).text();
                if (!rendered.equals(c.get("expected").asString())) {
                    faults.add(c.get("name").asString() + "\n--- expected\n" + c.get("expected").asString() + "\n--- found\n" + rendered);
                }
            } catch (TemplateException e) {
                faults.add(e.getMessage());
            }
        }
        assertEquals("", String.join("\n", faults));
        assertEquals(48, cases);
    }
}
