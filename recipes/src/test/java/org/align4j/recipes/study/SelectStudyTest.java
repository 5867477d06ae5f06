package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A study whose recipe and methods choose among rows: in every cell among those its budget bought. */
class SelectStudyTest {
    @TempDir
    Path temp;

    @Test
    void stepsChooseAmongWhatACellBought() throws IOException {
        TinyStudy study = new TinyStudy(temp);
        study.recipe("  - select: {steps: [{random: {keep: 0.5}}]}\n");
        Path file = temp.resolve("study.yaml");
        Files.writeString(file, Files.readString(file).replace("ratios: [0, 0.5, 1]", "ratios: [0, 1]").replace("budgets: [8, 16]", "budgets: [8]")
                .replace("dpo: [{dpo", "dpo: [{select: {rows: preferences, steps: [{random: {keep: 0.25}}]}}, {dpo").replaceAll("  slic: .*\n", ""));
        assertEquals(0, study.run(), study::err);
        TreeSet<String> found = new TreeSet<>();
        try (Stream<Path> all = Files.walk(temp.resolve("out"))) {
            for (Path summary : all.filter(p -> p.endsWith("summary.json")).toList()) {
                JsonNode s = JsonMapper.shared().readTree(Files.readAllBytes(summary));
                found.add(summary.getParent().getFileName() + ": " + s.get("selected").asInt() + " of " + s.get("bought").asInt());
            }
        }
        assertEquals(List.of("1-select.work: 4 of 8"), List.copyOf(found), "of what is shared; the runs of cells are not kept");
    }

    @Test
    void choosingAmongPreferencesBelongsToTheMethods() throws IOException {
        TinyStudy study = new TinyStudy(temp);
        study.recipe("  - select: {rows: preferences, steps: [{random: {keep: 0.5}}]}\n");
        assertEquals(2, study.run());
        assertTrue(study.err().contains("found select, which learns from preferences. Move it to the study's methods."), study::err);
    }
}
