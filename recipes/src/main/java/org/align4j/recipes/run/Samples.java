package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.TaskKind;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.EvaluateSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers to the evaluation prompts, before the first stage and after each, in {@code samples/NN-NAME.json}. */
final class Samples {
    /** Prompts shown in the report; more would make it long, not clearer. */
    private static final int SHOWN = 16;
    private final Path directory;
    private final ModelSession session;
    private final Recipe recipe;
    private final ProgressBar progress;
    private List<Dataset.PromptRow> prompts;

    Samples(RunFiles files, ModelSession session, Recipe recipe, ProgressBar progress) {
        this.directory = files.root().resolve("samples");
        this.session = session;
        this.recipe = recipe;
        this.progress = progress;
    }

    /** Generates with the weights as they are now; does nothing when the recipe has no evaluation prompts. */
    void take(int order, String moment) {
        if (recipe.evaluate().isEmpty() || session.encoder() == null) {
            return;
        }
        EvaluateSpec spec = recipe.evaluate().get();
        if (prompts == null) {
            Dataset data = new DataLoader(DataSettings.of(TaskKind.PROMPT)).load(spec.prompts(), session.encoder());
            prompts = data.prompts().subList(0, Math.min(SHOWN, data.prompts().size()));
        }
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            requests.add(new Request(prompts.get(i).ids(), spec.samples(), recipe.seed() + i));
        }
        SamplingOptions options = SamplingOptions.greedy(spec.maxNewTokens()).withTemperature(spec.temperature())
                .withStopTokens(ModelTextEncoder.endIds(session.encoder(), session.config().vocabSize()));
        progress.stage("answers", 0, requests.size() * (long) spec.samples());
        Generator generator = new Generator(session.model(), options).withProgress(p -> progress.update(
                new ProgressBar.Update(p.done(), p.tokens(), Double.NaN, Double.NaN)));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Result r : generator.generate(requests)) {
            rows.add(Map.of("prompt", session.encoder().decode(prompts.get(r.request()).ids()), "output", session.encoder().decode(r.content())));
        }
        progress.endStage();
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("moment", moment);
        file.put("answers", rows);
        AtomicFiles.createDirectories(directory);
        AtomicFiles.writeString(directory.resolve(String.format(java.util.Locale.ROOT, "%02d-%s.json", order, moment)), JsonMapper.shared().writeValueAsString(file));
    }

    /** What was answered at every moment, prompt by prompt. */
    List<RunResults.Sample> read() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        Map<Integer, String> asked = new LinkedHashMap<>();
        Map<Integer, Map<String, String>> outputs = new LinkedHashMap<>();
        try (var list = Files.list(directory)) {
            for (Path file : list.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                JsonNode json = JsonMapper.shared().readTree(Files.readAllBytes(file));
                int i = 0;
                for (JsonNode a : json.get("answers")) {
                    asked.putIfAbsent(i, a.get("prompt").asString());
                    outputs.computeIfAbsent(i, k -> new LinkedHashMap<>()).put(json.get("moment").asString(), a.get("output").asString());
                    i++;
                }
            }
        } catch (IOException e) {
            throw new UserException("Cannot read the answers in " + directory + ": " + e.getMessage() + ".", e);
        }
        return asked.entrySet().stream().map(e -> new RunResults.Sample(e.getValue(), null, outputs.get(e.getKey()))).toList();
    }
}
