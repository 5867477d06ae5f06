package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;
import org.align4j.core.io.internal.StrictJson;
import org.align4j.core.model.ModelFiles;

/**
 * A merge of models that were found to fit each other. Weights are read, merged and written a piece at a time: in memory are {@value MergedTensor#PIECE} entries of
 * every source, whatever the size of the models or of a tensor.
 *
 * <p>Models may be in one file or several, of F32, BF16, F16 or F64 each, and may lack a head that is tied to the embedding; where some models tie it and others do
 * not, the result has a head of its own.
 */
public final class ModelMerge implements AutoCloseable {
    /** What the result says of its making. */
    public static final String RECORD = "merge.json";
    private final MergePlan plan;
    private final List<MergeInput> inputs = new ArrayList<>();
    private final TensorRule rule;
    private MergedTensor.Pieces pieces;
    private TokenizerCheck.Found tokenizers;
    private int layers;

    private ModelMerge(MergePlan plan) {
        this.plan = plan;
        this.rule = TensorRule.of(plan);
    }

    /** Something that goes with the weights of a model, a head for instance. */
    @FunctionalInterface
    public interface Companion {
        /**
         * Checks that all sources have it, and returns what writes it into the new directory and changes the configuration accordingly.
         *
         * @throws UserException when some sources have it and others do not
         */
        Writer open(ModelMerge merge);

        /** Writes it. */
        interface Writer {
            void write(Path directory, Map<String, Object> config) throws IOException;
        }
    }

    /** Nothing beside the weights. */
    public static final Companion NONE = merge -> (directory, config) -> { };

    /**
     * Opens all models and checks configurations, tensors and tokenizers.
     *
     * @throws UserException naming what does not fit
     */
    public static ModelMerge open(MergePlan plan) {
        ModelMerge merge = new ModelMerge(plan);
        boolean done = false;
        try {
            for (ModelRef ref : plan.sources()) {
                merge.inputs.add(MergeInput.open(ref));
            }
            MergeChecks.require(merge.inputs);
            merge.tokenizers = TokenizerCheck.choose(merge.inputs, plan.tokenizer());
            merge.layers = TensorPlace.layers(merge.inputs.get(0).tensors().keySet());
            merge.pieces = new MergedTensor.Pieces(merge.inputs.size());
            merge.shapes().keySet().forEach(merge::requireSettings);
            done = true;
            return merge;
        } finally {
            if (!done) {
                merge.close();
            }
        }
    }

    /** A list of filters that ends without a value for every tensor is found before anything is computed. */
    private void requireSettings(String name) {
        TensorPlace place = place(name);
        if (plan.method() instanceof MergeMethod.Linear m) {
            m.weights().forEach(w -> w.at(place));
        } else if (plan.method() instanceof MergeMethod.Slerp m) {
            m.t().at(place);
        } else if (plan.method() instanceof MergeMethod.TaskVectors m) {
            m.weights().forEach(w -> w.at(place));
            m.lambda().at(place);
            if (m.sparsity() instanceof Sparsity.Largest l) {
                l.density().forEach(d -> d.at(place));
            } else if (m.sparsity() instanceof Sparsity.Random r) {
                r.density().forEach(d -> d.at(place));
            } else if (m.sparsity() instanceof Sparsity.Middle b) {
                b.density().forEach(d -> d.at(place));
                b.gamma().forEach(g -> g.at(place));
            }
        }
    }

    private TensorPlace place(String name) {
        return TensorPlace.of(name, layers);
    }

    public MergePlan plan() {
        return plan;
    }

    private boolean tied() {
        return inputs.stream().allMatch(MergeInput::tied);
    }

    private Map<String, TensorInfo> shapes() {
        return tied() ? inputs.get(0).tensors() : inputs.get(0).untied();
    }

    /** Tensors of the result. */
    public int tensors() {
        return shapes().size();
    }

    /** Values of the result. */
    public long parameters() {
        return shapes().values().stream().mapToLong(TensorInfo::elements).sum();
    }

    /** Bytes of the result's weights. */
    public long bytes() {
        return shapes().values().stream().mapToLong(t -> t.elements() * type(t).bytes()).sum();
    }

    /** Bytes of buffers while merging, adapters aside: pieces of all sources and of the result, and counts of magnitudes. */
    public long buffers() {
        long counts = plan.method().passes() > 2 ? 16L * (1 << 16) * plan.models().size() + 4L * MergedTensor.PIECE * plan.models().size() : 0;
        return 4L * MergedTensor.PIECE * (inputs.size() + 2) + counts;
    }

    /** The settings of a plan's method in one line, as they would be written in YAML. */
    public static String settings(MergePlan plan) {
        return MergeRecord.settings(plan);
    }

    /** The directory whose tokenizer goes with the result; empty where no model has one. */
    public Optional<Path> tokenizer() {
        return tokenizers.chosen();
    }

    /** Pairs of models whose tokenizers cannot be compared, in words; empty where all agree. */
    public List<String> notCompared() {
        return tokenizers.notCompared();
    }

    private DType type(TensorInfo t) {
        return plan.dtype().orElse(t.dtype() == DType.F64 ? DType.F32 : t.dtype());
    }

    /** The type that most values are written in. */
    private DType mostly() {
        Map<DType, Long> values = new EnumMap<>(DType.class);
        shapes().values().forEach(t -> values.merge(type(t), t.elements(), Long::sum));
        return Collections.max(values.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /**
     * Further tensors of the sources, in their order, merged by the same rule.
     *
     * @param sources open until the entries have been written
     * @throws UserException when names or shapes differ
     */
    public List<TensorEntry> entries(List<? extends TensorSource> sources, DType type) {
        Map<String, TensorInfo> first = sources.get(0).tensors();
        for (int i = 1; i < sources.size(); i++) {
            Optional<String> difference = MergeChecks.difference(first, sources.get(i).tensors());
            if (difference.isPresent()) {
                throw MergeChecks.refused(inputs.get(0), inputs.get(i), "in " + sources.get(i).path().getFileName() + " " + difference.get(), "Merge models of one kind");
            }
        }
        MergedTensor.Pieces own = new MergedTensor.Pieces(sources.size());
        return first.values().stream().map(t -> new TensorEntry(t.name(), type, t.shape(), new MergedTensor(place(t.name()), t.elements(), rule, sources, own))).toList();
    }

    /**
     * Writes the result: weights, configuration, tokenizer, {@value #RECORD} and a model card. The directory appears when all of it is there.
     *
     * @param out must not exist
     * @throws MergeStopped  when the listener asked for it; nothing is left
     * @throws UserException when a value is not finite, naming the tensor, or a file cannot be written
     */
    public void write(Path out, MergeListener listener, Companion companion) {
        if (Files.exists(out)) {
            throw new UserException(out + " exists already and would be lost. Choose another directory, or remove it.");
        }
        Companion.Writer beside = companion.open(this);
        pieces.watch(listener, parameters() * plan.method().passes());
        List<TensorEntry> entries = new ArrayList<>();
        shapes().forEach((name, t) -> entries.add(new TensorEntry(name, type(t), t.shape(), new MergedTensor(place(name), t.elements(), rule, inputs, pieces))));
        AtomicFiles.createDirectories(out.toAbsolutePath().getParent());
        AtomicFiles.directory(out, dir -> {
            ModelWriter.write(dir, entries, ModelFiles.SHARD);
            Map<String, Object> config = config();
            beside.write(dir, config);
            Files.writeString(dir.resolve("config.json"), StrictJson.write(config, 2) + "\n");
            ModelFiles.copyCompanions(tokenizer().orElse(inputs.get(0).path()), dir);
            List<Map<String, String>> digests = new ArrayList<>();
            for (MergeInput input : inputs) {
                if (listener.stop()) {
                    throw new MergeStopped();
                }
                digests.add(input.digests());
            }
            Map<String, Object> record = MergeRecord.of(this, digests);
            Files.writeString(dir.resolve(RECORD), StrictJson.write(record, 2) + "\n");
            Files.writeString(dir.resolve("README.md"), MergeRecord.card(plan, record));
        });
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>(inputs.get(0).json());
        if (inputs.get(0).tied() && !tied()) {
            config.put("tie_word_embeddings", false);
        }
        DType type = mostly();
        String word = type == DType.BF16 ? "bfloat16" : type == DType.F16 ? "float16" : "float32";
        config.replace("dtype", word); // as transformers 5 calls it
        if (config.containsKey("torch_dtype") || !config.containsKey("dtype")) {
            config.put("torch_dtype", word);
        }
        return config;
    }

    @Override
    public void close() {
        inputs.forEach(MergeInput::close);
    }
}
