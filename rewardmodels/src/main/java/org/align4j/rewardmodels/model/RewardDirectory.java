package org.align4j.rewardmodels.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.text.HfTokenizer;
import org.align4j.rewardmodels.head.HeadFiles;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.head.RewardHead;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reward models on disk, in one of three layouts. All are Hugging Face model directories with the tokenizer's files; {@code config.json} has one field more,
 * {@value #KEY}: the head's shape, the names and weights of its outputs, mean and standard deviation.
 *
 * <ul>
 * <li>A linear head without bias: a sequence classification model, {@code architectures: [LlamaForSequenceClassification]}, the head as
 * {@code score.weight}, {@code id2label} with a label for every output. One that was written elsewhere, without that field, is read too.
 * <li>Any other head: the trunk, {@code architectures: [LlamaModel]}, and beside it {@value #HEAD} with {@code pooler.dense.weight},
 * {@code pooler.dense.bias}, {@code score.weight} and {@code score.bias}, as far as there are such.
 * <li>A head beside a language model: the language model as it is, and beside it {@value #HEAD}.
 * </ul>
 */
final class RewardDirectory {
    /** The field of {@code config.json} that tells of the head. */
    static final String KEY = "align4j_reward";
    static final String HEAD = "reward_head.safetensors";
    private static final String SCORE = "score.weight";

    private RewardDirectory() {}

    /** What a directory holds. */
    record Parts(ModelConfig trunk, Parameters values, RewardConfig config, RewardHead head) {}

    static ObjectNode json(Path directory) {
        // Says what is wrong with the directory, if there is something.
        Path file = directory.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new UserException(directory + " has no config.json; the directory of a reward model is required, check the path");
        }
        try {
            return (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException | JacksonException | ClassCastException e) {
            throw new UserException("Cannot read " + file + " as a JSON object: " + e.getMessage() + ". Fetch or write the model again.", e);
        }
    }

    static boolean holds(Path directory) {
        return Files.isRegularFile(directory.resolve("config.json")) && (Trunk.isClassifier(json(directory)) || Files.exists(directory.resolve(HEAD)));
    }

    static Parts read(Path directory, Backend backend) {
        ObjectNode json = json(directory);
        String source = directory.resolve("config.json").toString();
        boolean beside = Files.exists(directory.resolve(HEAD));
        if (!beside && !Trunk.isClassifier(json)) {
            throw new UserException(directory + " holds no reward model: its architecture is " + json.path("architectures") + ", not one for sequence classification,"
                    + " and there is no " + HEAD + ". Train one (a reward stage), or check the path.");
        }
        ModelConfig trunk = Trunk.config(json, source);
        RewardConfig config = json.has(KEY) ? RewardConfig.read(json.get(KEY), source) : elsewhere(directory, json, trunk);
        if (config.head().hiddenSize() != trunk.hiddenSize()) {
            throw new UserException(source + ": the head is for hidden states of " + config.head().hiddenSize() + " values, the model's have " + trunk.hiddenSize()
                    + "; fetch or write the model again");
        }
        RewardHead head = head(directory, config.head(), beside);
        try {
            return new Parts(trunk, Trunk.load(backend, trunk, directory), config, head);
        } catch (RuntimeException e) {
            head.close();
            throw e;
        }
    }

    private static RewardHead head(Path directory, HeadSettings settings, boolean beside) {
        if (beside) {
            try (SafeTensorsFile file = SafeTensorsFile.open(directory.resolve(HEAD))) {
                return new RewardHead(settings, HeadFiles.read(file, "", settings));
            }
        }
        try (ModelWeights weights = ModelWeights.open(directory)) {
            return new RewardHead(settings, HeadFiles.read(weights, "", settings));
        }
    }

    /** A sequence classification model that another program wrote. */
    private static RewardConfig elsewhere(Path directory, ObjectNode json, ModelConfig trunk) {
        try (ModelWeights weights = ModelWeights.open(directory)) {
            TensorInfo score = weights.tensors().get(SCORE);
            if (score == null || score.shape().length != 2) {
                throw new UserException(directory + ": a sequence classification model has a matrix " + SCORE + ", found " + (score == null ? "none" : "another shape")
                        + "; fetch or write the model again");
            }
            int labels = Math.toIntExact(score.shape()[0]);
            if (json.path("id2label").size() > 0 && json.path("id2label").size() != labels) {
                throw new UserException(directory + ": id2label names " + json.path("id2label").size() + " labels, " + SCORE + " has " + labels
                        + " rows; correct config.json or fetch the model again");
            }
            RewardConfig config = RewardConfig.of(new HeadSettings(trunk.hiddenSize(), labels, false, 0, weights.tensors().containsKey("score.bias")));
            return labels == 1 ? config : RewardConfig.of(config.head(), names(json, labels));
        }
    }

    private static List<String> names(ObjectNode json, int labels) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < labels; i++) {
            names.add(json.path("id2label").path(String.valueOf(i)).asString("LABEL_" + i));
        }
        return names;
    }

    /**
     * Publishes a reward model at once.
     *
     * @param companions      directory the tokenizer's files are copied from, or null
     * @param languageModel   whether the trunk's language-model head is kept, with which the directory is a language model for every other tool
     */
    static void write(Path directory, Transformer trunk, RewardHead head, RewardConfig config, DType dtype, Path companions, boolean languageModel) {
        AtomicFiles.replaceDirectory(directory, dir -> {
            if (trunk.adapter() instanceof LoraAdapter lora) {
                try (Parameters merged = trunk.values().copy(org.align4j.core.backend.DType.F32)) {
                    lora.mergeInto(merged);
                    write(dir, trunk.config(), merged, head, config, dtype, companions, languageModel);
                }
            } else {
                write(dir, trunk.config(), trunk.values(), head, config, dtype, companions, languageModel);
            }
            if (companions != null) {
                ModelFiles.copyCompanions(companions, dir);
            }
        });
    }

    private static void write(Path dir, ModelConfig trunk, Parameters values, RewardHead head, RewardConfig config, DType dtype, Path companions, boolean languageModel)
            throws IOException {
        boolean plain = config.head().plain() && !languageModel;
        List<TensorEntry> tensors = new ArrayList<>(ModelFiles.entries(values, dtype, ""));
        if (!languageModel) {
            tensors.removeIf(t -> t.name().equals("lm_head.weight"));
        }
        if (plain) {
            tensors.addAll(HeadFiles.entries(head, "", dtype));
        } else {
            SafeTensorsWriter.write(dir.resolve(HEAD), HeadFiles.entries(head, "", DType.F32));
        }
        ModelWriter.write(dir, tensors, ModelFiles.SHARD);
        ModelConfig typed = trunk.withStoredType(switch (dtype) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        });
        ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(typed.toJson());
        if (!languageModel) {
            json.putArray("architectures").add(plain ? Trunk.classifier(trunk.family()) : Trunk.bare(trunk.family()));
            label(json, config.outputs());
            pad(json, trunk, companions);
        }
        json.set(KEY, JsonMapper.shared().valueToTree(config.json()));
        Files.writeString(dir.resolve("config.json"), JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    private static void label(ObjectNode json, List<String> outputs) {
        Map<String, Object> labels = new LinkedHashMap<>();
        Map<String, Object> ids = new LinkedHashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            labels.put(String.valueOf(i), outputs.get(i));
            ids.put(outputs.get(i), i);
        }
        json.set("id2label", JsonMapper.shared().valueToTree(labels));
        json.set("label2id", JsonMapper.shared().valueToTree(ids));
        json.put("problem_type", "regression");
    }

    /**
     * transformers reads the score at the last token that is not padding. Were the token that ends responses the padding, it would read the one before it; so
     * where a model has no padding token of its own, the one for unknown text becomes it, or the one that begins texts.
     */
    private static void pad(ObjectNode json, ModelConfig trunk, Path companions) {
        if (trunk.padId() != ModelConfig.NO_ID && !trunk.eosIds().contains(trunk.padId())) {
            return;
        }
        int id = trunk.bosId();
        if (companions != null && Files.exists(companions.resolve("tokenizer.json"))) {
            try (HfTokenizer tokenizer = HfTokenizer.load(companions)) {
                String unknown = tokenizer.namedTokens().get("unk_token");
                Integer of = unknown == null ? null : tokenizer.addedTokens().get(unknown);
                id = of == null ? id : of;
            }
        }
        if (id != ModelConfig.NO_ID && !trunk.eosIds().contains(id)) {
            json.put("pad_token_id", id);
        }
    }
}
