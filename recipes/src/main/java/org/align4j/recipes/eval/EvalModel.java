package org.align4j.recipes.eval;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.align4j.core.backend.Backends;
import org.align4j.core.io.Digests;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.Synonyms;

/** A model that is evaluated: a directory, perhaps with an adapter on it. */
@Doc("A model that is evaluated.")
public record EvalModel(
        @Doc("Directory with config.json, safetensors weights and, unless given below, the tokenizer.") @MustExist(directory = true)
                @Synonyms({"model", "model_name_or_path", "dir"}) Path path,
        @Doc("Directory of an adapter on it, as PEFT writes it.") @MustExist(directory = true) @Synonyms({"adapter_name_or_path", "lora", "peft"}) Optional<Path> adapter,
        @Doc("Directory with tokenizer.json, or that file itself. Null for the model's own.") @MustExist @Synonyms({"tokenizer_name_or_path", "tokenizer_path"}) Optional<Path> tokenizer,
        @Doc("Jinja chat template as text, or the name of a built-in one, in place of the tokenizer's own.") Optional<String> chatTemplate,
        @Doc("Jinja chat template as a file, in place of the tokenizer's own.") @MustExist Optional<Path> chatTemplateFile,
        @Doc("Type of the operands of matrix multiplications.") @Default("fp32") @Synonyms({"dtype", "torch_dtype", "bf16"}) Precision precision,
        @Doc("Which implementation of the kernels runs.") @Default("auto") Backends.Choice backend)
        implements Checked {

    /** A directory with every setting at its default. */
    public static EvalModel of(Path path) {
        return new EvalModel(path, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Precision.FP32, Backends.Choice.AUTO);
    }

    @Override
    public void check(Findings f) {
        if (chatTemplate.isPresent() && chatTemplateFile.isPresent()) {
            f.problem("chat_template_file", "a model has both chat_template and chat_template_file", "keep one");
        }
    }

    ModelSpec spec() {
        return new ModelSpec(Optional.of(path), Optional.empty(), tokenizer, chatTemplate, chatTemplateFile, precision, backend);
    }

    /** What tells models with the same tokens from others: SHA-256 of tokenizer.json, or "none". */
    String tokens() {
        Path where = tokenizer.orElse(path);
        Path file = Files.isDirectory(where) ? where.resolve("tokenizer.json") : where;
        return Files.isRegularFile(file) ? Digests.sha256(file) : "none";
    }

    /** Configuration and tokenizer; no weights yet. */
    public ModelSession open() {
        return ModelSession.open(spec());
    }

    /** The weights, and the adapter on them. */
    public void load(ModelSession session) {
        session.load(spec(), 0);
        adapter.ifPresent(session::wear);
    }
}
