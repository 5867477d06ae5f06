package org.align4j.recipes.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

class ModelCardTest {
    @TempDir
    Path tmp;

    @Test
    void frontMatterIsYamlAndNamesTheBaseModel() throws Exception {
        ModelCard.write(tmp, SampleRun.data(), "some/base: \"model\"");
        String card = Files.readString(tmp.resolve("README.md"));
        assertTrue(card.startsWith("---\n"));
        Map<String, Object> front = new Yaml().load(card.substring(4, card.indexOf("\n---\n", 4)));
        assertEquals("some/base: \"model\"", front.get("base_model"));
        assertEquals("transformers", front.get("library_name"));
        assertFalse(front.containsKey("license"), "the licence is the publisher's to choose");
    }

    @Test
    void resultsDigestsAndRecipeAreThere() {
        String card = ModelCard.markdown(SampleRun.data(), null);
        assertTrue(card.contains("| exact match | 1.2 ± 0.3 % | 41.2 ± 1.6 % | 56.1 ± 1.6 % |"), card);
        assertTrue(card.contains("`9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`"), card);
        assertTrue(card.contains("# quickstart &lt;arithmetic> &amp; more"), card);
        assertTrue(card.contains("```yaml\nname: quickstart\n"), card);
        assertTrue(card.contains("Trained from random weights"), card);
    }
}
