package org.align4j.core.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.DType;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;

/** A model and its adapter made one plain Hugging Face directory. */
public final class MergedModel {
    private MergedModel() {}

    /**
     * Adds an adapter to a model's weights in float32 and writes them in the type they were stored in, tokenizer files included.
     *
     * @param model   directory of the base
     * @param adapter directory as PEFT writes it
     * @param out     directory to publish, at once; neither of the two
     * @return the number of layers that changed
     */
    public static int publish(Backend backend, Path model, Path adapter, Path out) {
        for (Path input : new Path[] {model, adapter}) {
            if (!Files.isDirectory(input)) {
                throw new UserException("There is no directory " + input + ". The model and the adapter must be directories.");
            }
            if (out.toAbsolutePath().normalize().equals(input.toAbsolutePath().normalize())) {
                throw new UserException("The merged model cannot be written to " + out + ", from which it is read. Choose another directory.");
            }
        }
        ModelConfig config = ModelConfig.read(model);
        DType stored = ModelFiles.storedType(config);
        try (LoraAdapter lora = PeftFiles.read(adapter, config, backend, false); Parameters weights = ModelFiles.load(backend, config, model)) {
            lora.mergeInto(weights);
            ModelFiles.publish(out, config, weights, stored, model);
            return lora.modules().size();
        }
    }
}
