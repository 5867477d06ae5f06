package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.recipes.recipe.ModelInit;
import org.align4j.recipes.recipe.ModelSpec;

/** A model with its backend and text encoder, as a recipe or a command asks for it. */
public final class ModelSession implements AutoCloseable {
    private final Backends.Chosen chosen;
    private final ModelConfig config;
    private final TextEncoder encoder;
    private final Path companions;
    private final org.align4j.core.io.DType storedType;
    private Parameters values;
    private Parameters gradients;
    private LoraAdapter adapter;
    private Transformer model;

    private ModelSession(Backends.Chosen chosen, ModelConfig config, TextEncoder encoder, Path companions, org.align4j.core.io.DType storedType) {
        this.chosen = chosen;
        this.config = config;
        this.encoder = encoder;
        this.companions = companions;
        this.storedType = storedType;
    }

    /** Reads configuration and tokenizer and opens the backend; weights come with {@link #load}. */
    public static ModelSession open(ModelSpec spec) {
        Path text = spec.tokenizer().or(spec::path).orElseThrow();
        TextEncoder encoder = Encoders.open(text, spec);
        ModelConfig config = spec.path().isPresent() ? ModelConfig.read(spec.path().get()) : fresh(spec.init().get(), encoder, text);
        requireFits(encoder, config, text);
        return new ModelSession(Backends.open(spec.backend(), spec.precision().wanted()), config, encoder, text, ModelFiles.storedType(config));
    }

    private static ModelConfig fresh(ModelInit init, TextEncoder encoder, Path text) {
        if (encoder == null) {
            throw new UserException("A fresh model takes its vocabulary from a tokenizer, and " + text + " has none. Give model.tokenizer.");
        }
        return ModelConfig.freshLlama(encoder.vocabularySize(), init.hiddenSize(), init.intermediateSize().orElseThrow(), init.layers(), init.heads(),
                init.kvHeads().orElseThrow(), init.contextLength(), init.tieEmbeddings());
    }

    private static void requireFits(TextEncoder encoder, ModelConfig config, Path text) {
        if (encoder != null && encoder.vocabularySize() > config.vocabSize()) {
            throw new UserException("The tokenizer in " + text + " has ids up to " + (encoder.vocabularySize() - 1) + ", the model has only "
                    + config.vocabSize() + " embeddings. Use the tokenizer that belongs to the model.");
        }
    }

    /** Loads or draws the weights. */
    public ModelSession load(ModelSpec spec, long seed) {
        return load(spec, seed, Held.FLOAT32);
    }

    /** As {@link #load(ModelSpec, long)}, held as told. */
    ModelSession load(ModelSpec spec, long seed, Held held) {
        release();
        if (spec.path().isPresent()) {
            values = read(spec.path().get(), held);
        } else {
            ParameterLayout layout = new ParameterLayout(config);
            values = held.fourBits() ? Parameters.nf4(backend(), layout, held.type()) : new Parameters(backend(), layout, DType.F32);
            FreshWeights.draw(config, values, Streams.of(seed, "init", 0));
            if (held == Held.BFLOAT16) {
                try (Parameters drawn = values) {
                    values = drawn.copy(DType.BF16);
                }
            }
        }
        model = new Transformer(config, values, null);
        return this;
    }

    /** Takes the weights of a directory. */
    public void reload(Path directory) {
        reload(directory, Held.FLOAT32);
    }

    void reload(Path directory, Held held) {
        release();
        values = read(directory, held);
        model = new Transformer(config, values, null);
    }

    private Parameters read(Path directory, Held held) {
        return held.fourBits() ? ModelFiles.loadNf4(backend(), config, directory, held.type()) : ModelFiles.load(backend(), config, directory, held.type());
    }

    /** Gives the model gradients of all its weights, or takes them away, so that they hold no memory while nothing needs them. */
    void gradients(boolean wanted) {
        if (wanted && gradients == null) {
            gradients = new Parameters(backend(), values.layout(), DType.F32);
            gradients.fill(0f);
        } else if (!wanted && gradients != null) {
            gradients.close();
            gradients = null;
        }
        model = adapter == null ? new Transformer(config, values, gradients) : Transformer.adapted(config, values, adapter);
    }

    /** Puts an adapter on the model, in place of the one it has; null takes that off. Closed with the session. */
    void adapter(LoraAdapter value) {
        if (adapter != null && adapter != value) {
            adapter.close();
        }
        adapter = value;
        gradients(false);
    }

    /** Puts a frozen adapter on the model, out of a directory as PEFT writes it; replaces one it has. */
    public void wear(Path directory) {
        adapter(PeftFiles.read(directory, config, backend(), false));
    }

    /** The adapter on the model, or null. */
    LoraAdapter adapter() {
        return adapter;
    }

    /** Takes the adapter off and leaves it to the caller. */
    LoraAdapter detach() {
        LoraAdapter taken = adapter;
        adapter = null;
        gradients(false);
        return taken;
    }

    /** Adds the adapter to the weights, which must not be in four bits, and takes it off. */
    void merge() {
        adapter.mergeInto(values);
        adapter(null);
    }

    private void release() {
        if (adapter != null) {
            adapter.close();
            adapter = null;
        }
        if (gradients != null) {
            gradients.close();
            gradients = null;
        }
        if (values != null) {
            values.close();
            values = null;
        }
    }

    public Backend backend() {
        return chosen.backend();
    }

    public String backendReason() {
        return chosen.reason();
    }

    public List<String> warnings() {
        return chosen.warnings();
    }

    public ModelConfig config() {
        return config;
    }

    /** Null for a model without a tokenizer. */
    public TextEncoder encoder() {
        return encoder;
    }

    public Transformer model() {
        return model;
    }

    /** The directory with the tokenizer's files. */
    Path companions() {
        return companions;
    }

    /** The type the weights were stored in. */
    org.align4j.core.io.DType storedType() {
        return storedType;
    }

    /** Writes the model as a Hugging Face directory, in the type its weights were stored in. */
    public void publish(Path directory) {
        ModelFiles.publish(directory, config, values, storedType, companions);
    }

    @Override
    public void close() {
        release();
        backend().close();
    }
}
