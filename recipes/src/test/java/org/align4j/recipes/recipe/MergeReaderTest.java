package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.core.io.DType;
import org.align4j.core.merge.AdapterMerge;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.Lines;
import org.align4j.core.merge.MergeMethod;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.ModelRef;
import org.align4j.core.merge.Sparsity;
import org.align4j.recipes.yaml.RecipeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of merges, mergekit's among them. */
class MergeReaderTest {
    @TempDir
    private Path dir;

    @BeforeEach
    void models() throws IOException {
        for (String name : List.of("base", "a", "b", "lora")) {
            Files.createDirectory(dir.resolve(name));
            Files.writeString(dir.resolve(name).resolve("config.json"), "{}");
        }
        Files.delete(dir.resolve("lora").resolve("config.json"));
        Files.writeString(dir.resolve("lora").resolve("adapter_config.json"), "{}");
    }

    private MergePlan plan(String yaml, String... overrides) {
        return (MergePlan) MergeReader.parse("merge.yaml", yaml, List.of(overrides), dir);
    }

    private String problems(String yaml) {
        return assertThrows(RecipeException.class, () -> plan(yaml)).getMessage();
    }

    private ModelRef ref(String name) {
        return ModelRef.of(dir.resolve(name));
    }

    @Test
    void slerpWithFiltersAndDepths() {
        MergePlan plan = plan("""
                merge_method: slerp
                base_model: a
                models:
                  - model: b
                parameters:
                  t:
                    - filter: self_attn
                      value: [0, 0.5, 0.3, 0.7, 1]
                    - filter: mlp
                      value: [1, 0.5, 0.7, 0.3, 0]
                    - value: 0.5
                dtype: bfloat16
                """);
        LayerSetting t = new LayerSetting(List.of(new LayerSetting.Part("self_attn", List.of(0.0, 0.5, 0.3, 0.7, 1.0)),
                new LayerSetting.Part("mlp", List.of(1.0, 0.5, 0.7, 0.3, 0.0)), new LayerSetting.Part("", List.of(0.5))));
        assertEquals(new MergePlan(new MergeMethod.Slerp(t), List.of(ref("a"), ref("b")), Optional.empty(), Optional.empty(), Optional.of(DType.BF16), Optional.empty()), plan);
        assertEquals(plan, plan("merge_method: slerp\nbase_model: a\nmodels: [{model: b}, {model: a}]\ndtype: bfloat16\nparameters:\n  t: " + t + "\n"), "the base counts first");
    }

    @Test
    void taskVectorsWithTheBaseAmongTheModels() {
        MergePlan plan = plan("""
                merge_method: dare_ties
                base_model: base
                models:
                  - model: base   # no parameters for the base
                  - model: a
                    parameters: {density: 0.53, weight: 0.4}
                  - model: b+lora
                    parameters: {weight: {value: [0.1, 0.9]}}
                parameters: {density: 0.5, lambda: 1.5, lines: {alpha: 0.3}}
                tokenizer_source: base
                seed: 3
                """);
        MergeMethod.TaskVectors m = (MergeMethod.TaskVectors) plan.method();
        assertEquals(List.of(ref("a"), new ModelRef(dir.resolve("b"), Optional.of(dir.resolve("lora")))), plan.models());
        assertEquals(Optional.of(ref("base")), plan.base());
        assertEquals(Optional.of(dir.resolve("base")), plan.tokenizer());
        assertEquals(new Sparsity.Random(List.of(LayerSetting.of(0.53), LayerSetting.of(0.5)), true, 3), m.sparsity());
        assertEquals(List.of(LayerSetting.of(0.4), new LayerSetting(List.of(new LayerSetting.Part("", List.of(0.1, 0.9))))), m.weights());
        assertEquals(Optional.of(new Lines(0.3, 0.7)), m.lines());
        assertTrue(m.consensus() && !m.normalize() && m.name().equals("dare_ties"));
        assertEquals(LayerSetting.of(1.5), m.lambda());
    }

    @Test
    void everyMethodHasItsDefaults() {
        String two = "models: [{model: a}, {model: b}]\nbase_model: base\nparameters: {density: 0.5}\nmerge_method: ";
        MergeMethod.TaskVectors ties = (MergeMethod.TaskVectors) plan(two + "ties").method();
        assertTrue(ties.normalize() && ties.consensus());
        assertInstanceOf(Sparsity.Largest.class, ties.sparsity());
        MergeMethod.TaskVectors dare = (MergeMethod.TaskVectors) plan(two + "dare_linear", "parameters.rescale=false").method();
        assertFalse(dare.normalize() || dare.consensus() || ((Sparsity.Random) dare.sparsity()).rescale());
        MergeMethod.TaskVectors crumbs = (MergeMethod.TaskVectors) plan(two + "breadcrumbs").method();
        assertEquals(List.of(LayerSetting.of(0.01), LayerSetting.of(0.01)), ((Sparsity.Middle) crumbs.sparsity()).gamma());
        MergeMethod.TaskVectors sum = (MergeMethod.TaskVectors) plan("models: [{model: a}]\nbase_model: base\nmerge_method: task_arithmetic").method();
        assertEquals(new MergeMethod.TaskVectors("task_arithmetic", List.of(LayerSetting.of(1)), new Sparsity.None(), false, false, LayerSetting.of(1), Optional.empty()), sum);
        MergeMethod.Linear soup = (MergeMethod.Linear) plan("models: [{model: a}, {model: b}]\nmerge_method: linear").method();
        assertTrue(soup.normalize());
        MergePlan transfer = plan("models: [{model: a}]\nbase_model: base\nonto: b\nmerge_method: transfer");
        assertEquals(List.of(ref("b"), ref("base"), ref("a")), transfer.sources());
        MergePlan expo = plan("models: [{model: a}]\nbase_model: base\nmerge_method: expo\nparameters: {alpha: 1.3}");
        assertEquals(LayerSetting.of(1.3), ((MergeMethod.TaskVectors) expo.method()).lambda());
        List<Path> loras = List.of(dir.resolve("lora"), dir.resolve("lora"));
        String weighted = "models: [{model: lora, parameters: {weight: 0.5}}, {model: lora}]\nmerge_method: ";
        String plain = "models: [{model: lora}, {model: lora}]\nmerge_method: ";
        assertEquals(new AdapterMerge(loras, List.of(0.5, 1.0), true, false), MergeReader.parse("m", weighted + "cat", List.of(), dir));
        assertEquals(new AdapterMerge(loras, List.of(1.0, 1.0), true, true), MergeReader.parse("m", plain + "cat", List.of(), dir), "without weights their mean");
        assertEquals(new AdapterMerge(loras, List.of(0.5, 1.0), false, true), MergeReader.parse("m", weighted + "linear", List.of(), dir));
        assertEquals(new AdapterMerge(loras, List.of(1.0, 1.0), false, false), MergeReader.parse("m", plain + "linear", List.of("parameters.normalize=false"), dir));
    }

    @Test
    void slicesOfWholeModelsAreModels() throws IOException {
        Files.writeString(dir.resolve("a/config.json"), "{\"num_hidden_layers\": 4}");
        String head = "merge_method: slerp\nbase_model: a\nparameters: {t: [{filter: mlp, value: 0.2}, {value: 0.6}]}\n";
        MergePlan models = plan(head + "models: [{model: a}, {model: b}]\ndtype: float16\ntokenizer_source: b");
        assertEquals(models, plan(head + """
                slices:
                  - sources:
                      - model: a
                        layer_range: [0, 4]
                      - model: b
                        layer_range: [0, 4]
                dtype: float32      # mergekit's sums
                out_dtype: float16
                tokenizer: {source: b}
                """));
        assertEquals(Optional.of(DType.BF16), plan("merge_method: linear\nmodels: [{model: a}]\nout_dtype: float16", "dtype=bfloat16").dtype(), "--dtype replaces it");
        String two = "slices:\n"
                + "- sources: [{model: a, layer_range: [0, 1]}, {layer_range: [0, 1], model: b}]\n"
                + "- sources: [{model: a, layer_range: [1, 4]}, {model: b, layer_range: [1, 4]}]\n";
        assertEquals(models, plan(head + two + "out_dtype: float16\ntokenizer: {source: b}"));
        MergePlan weighted = plan("merge_method: linear\nslices: [{sources: [{model: a, layer_range: [0, 4], parameters: {weight: [1, 3]}}]}]");
        assertEquals(List.of(3.0), ((MergeMethod.Linear) weighted.method()).weights().get(0).parts().get(0).values().subList(1, 2), "settings of a source, spread over one slice");
        String said = problems("merge_method: slerp\nparameters: {t: [0, 1]}\n" + two);
        assertTrue(said.contains("merge.yaml:3:1: several slices with a list of values") && said.contains("over every slice anew"), said);
        said = problems(head + "slices: [{sources: [{model: a, layer_range: [0, 3]}, {model: b, layer_range: [0, 3]}]}]");
        assertTrue(said.contains("merge.yaml:4:32: slices must cover a whole model; they end with layer 3") && said.contains("has 4 layers"), said);
        said = problems("merge_method: linear\nslices: [{sources: [{model: b, layer_range: [0, 3]}]}]");
        assertTrue(said.contains("has no number of layers"), said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[]|merge.yaml:2:9: slices must be a list|under models",
        "[{sources: [{model: a}]}]|needs a layer_range of two numbers|[0, 32]",
        "[{sources: [{model: a, layer_range: [0, x]}]}]|merge.yaml:2:32: slices[0].sources[0] needs a layer_range|[0, 32]",
        "[{sources: [{model: a, layer_range: [2, 4]}]}]|must begin at layer 0, found 2|left out, repeated",
        "[{sources: [{model: a, layer_range: [0, 4]}, {model: b, layer_range: [0, 3]}]}]|sources of one slice with different layers|up to 4 and up to 3",
        "[{sources: [{model: a, layer_range: [0, 3]}]}, {sources: [{model: a, layer_range: [2, 4]}]}]|must begin at layer 3, found 2|repeated",
        "[{sources: [{model: a, layer_range: [0, 3]}]}, {sources: [{model: b, layer_range: [3, 4]}]}]|slices of different models or settings|filters",
        "[{sources: [{model: a, layer_range: [0, 4]}], parameters: {t: 1}}]|of a slice is not supported|top level",
        "[{sources: [{model: a, layer_range: [0, 4]}]}]\\nmodels: [{model: a}]|slices and models say the same|remove one",
        "[{sources: [{model: a, layer_range: [0, 4]}]}]\\nchat_template: auto|merge.yaml:3:1: chat_template is not supported|tokenizer_source",
        "[{sources: [{model: a, layer_range: [0, 4]}]}]\\ntokenizer: {source: a, tokens: {}}|merge.yaml:3:24: tokenizer.tokens is not supported|remove it",
        "[{sources: [{model: a, layer_range: [0, 4]}]}]\\ntokenizer: union|tokenizer must be a mapping with the key source|tokenizer_source",
        "[{sources: [{model: a, layer_range: [0, 4]}]}]\\ntokenizer: {source: union}|a union of tokenizers is not made|merge.yaml:3"})
    void otherSlicesAreRefusedByName(String slices, String message, String hint) throws IOException {
        Files.writeString(dir.resolve("a/config.json"), "{\"num_hidden_layers\": 4}");
        String said = problems("merge_method: linear\nslices: " + slices.replace("\\n", "\n"));
        assertTrue(said.contains(message) && said.contains(hint), said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "modules: {}|merge.yaml:1:1: unknown key 'modules'|name whole models under models",
        "merge_method: linear\\nmodels: [{model: a}]\\nparameters: {int8_mask: true}|merge.yaml:3:14: unknown key 'int8_mask' in parameters|memory is bounded without",
        "merge_method: lineer\\nmodels: [{model: a}]|merge.yaml:1:15: merge_method must be one of|did you mean 'linear'?",
        "merge_method: linear\\nmodels: [{model: a, parameters: {wieght: 1}}]|merge.yaml:2:34: unknown key 'wieght'|did you mean 'weight'?",
        "merge_method: linear\\nmodels: [{model: c}]|merge.yaml:2:11: There is no directory|c, where a model",
        "merge_method: linear\\nmodels: [{model: a}]\\nparameters: {t: 0.5}|merge.yaml:3:14: parameters.t has no effect|remove it",
        "merge_method: slerp\\nmodels: [{model: a}, {model: b}]|needs parameters.t|slerp",
        "merge_method: slerp\\nmodels: [{model: a}, {model: b}]\\nparameters: {t: 2}|t must be at least 0 and at most 1, found 2|merge.yaml:1",
        "merge_method: slerp\\nmodels: [{model: a}]\\nparameters: {t: 0.5}|exactly two models, found 1|slerp",
        "merge_method: slerp\\nmodels: [{model: a}, {model: b}]\\nparameters: {t: [{filtre: x, value: 1}]}|merge.yaml:3:27: unknown key 'filtre'|known are filter, value",
        "merge_method: slerp\\nmodels: [{model: a}, {model: b}]\\nparameters: {t: half}|merge.yaml:3:17: parameters.t must be a number|found 'half'",
        "merge_method: ties\\nmodels: [{model: a}]|needs base_model|ties",
        "merge_method: linear\\nmodels: [{model: a}]\\nbase_model: b|base_model must be one of the models|merge.yaml:3",
        "merge_method: linear\\nmodels: [{model: a}]\\ntokenizer_source: union|a union of tokenizers is not made|merge.yaml:3",
        "merge_method: slerp\\nmodels: [{model: lora}]\\nparameters: {t: 0.5}|adapters alone can be merged by linear or cat|model+adapter"})
    void faultsAreFoundAtTheirPlace(String yaml, String message, String hint) {
        String said = problems(yaml.replace("\\n", "\n"));
        assertTrue(said.contains(message) && said.contains(hint), said);
    }
}
