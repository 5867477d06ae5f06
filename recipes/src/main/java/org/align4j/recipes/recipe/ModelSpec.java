package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.core.backend.Backends;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.Synonyms;

/** The model to train: one that exists ({@code path}) or a fresh one ({@code init}). */
@Doc("The model to train: an existing one (path) or a fresh one (init).")
public record ModelSpec(
        @Doc("Directory with config.json, safetensors weights and, unless given below, the tokenizer.") @MustExist(directory = true)
                @Synonyms({"model_name_or_path", "model_name", "name_or_path", "dir"}) Optional<Path> path,
        @Doc("Shape of a fresh model with random weights.") Optional<ModelInit> init,
        @Doc("Directory with tokenizer.json, or that file itself. Null for the model's own.") @MustExist @Synonyms({"tokenizer_name_or_path", "tokenizer_path"}) Optional<Path> tokenizer,
        @Doc("Jinja chat template as text, in place of the tokenizer's own.") Optional<String> chatTemplate,
        @Doc("Jinja chat template as a file, in place of the tokenizer's own.") @MustExist Optional<Path> chatTemplateFile,
        @Doc("Type of the operands of matrix multiplications.") @Default("auto") @Synonyms({"dtype", "torch_dtype", "bf16", "fp16"}) Precision precision,
        @Doc("Which implementation of the kernels runs.") @Default("auto") Backends.Choice backend)
        implements Checked {

    @Override
    public void check(Findings f) {
        if (path.isPresent() == init.isPresent()) {
            f.problem(path.isPresent() ? "init" : "", path.isPresent() ? "model has both path and init" : "model needs either path or init",
                    path.isPresent() ? "keep path to train an existing model, or init to start a fresh one" : "give the directory of a model as path, or the shape of a fresh one as init");
        }
        if (init.isPresent() && path.isEmpty() && tokenizer.isEmpty()) {
            f.problem("init", "a fresh model needs a tokenizer, which decides its vocabulary", "give model.tokenizer");
        }
        if (chatTemplate.isPresent() && chatTemplateFile.isPresent()) {
            f.problem("chat_template_file", "model has both chat_template and chat_template_file", "keep one");
        }
    }
}
