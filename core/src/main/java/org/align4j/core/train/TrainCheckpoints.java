package org.align4j.core.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.MomentType;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.losses.Mean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a training checkpoint holds: model (float32), both moments, the reference where it changes, counters and sums. The data order follows from
 * seed and step. Where an adapter is trained, the adapter stands for the model, in PEFT's layout, with the digest of the base it belongs to.
 */
public final class TrainCheckpoints {
    private static final String STATE = "trainer.json";
    private static final String STAGE = "stage";
    private static final String FIRST = "moments-1.safetensors";
    private static final String SECOND = "moments-2.safetensors";
    private static final String REFERENCE = "reference.safetensors";
    private static final String BASE = "base_sha256";
    private static final String MOMENTS = "moments";

    private TrainCheckpoints() {}

    static void write(Path dir, Transformer model, AdamW optimizer, TrainProgress progress, String stage, Parameters reference)
            throws IOException {
        if (reference != null) {
            SafeTensorsWriter.write(dir.resolve(REFERENCE), ModelFiles.entries(reference, DType.F32, ""));
        }
        Map<String, Object> state = new LinkedHashMap<>();
        state.put(STAGE, stage);
        state.put("step", progress.step);
        state.putAll(writeModel(dir, model, optimizer));
        state.put("num_tokens", progress.tokens);
        state.put("loss_state", progress.lossState);
        state.put("sums", progress.sums);
        writeState(dir, state);
    }

    /**
     * Writes what is trained, as float32, and its moments, into an existing directory.
     *
     * @return what {@link #readModel} needs to know besides, for JSON
     */
    public static Map<String, Object> writeModel(Path dir, Transformer model, AdamW optimizer) throws IOException {
        if (model.adapter() instanceof LoraAdapter lora) {
            PeftFiles.write(dir, lora, null);
        } else {
            ModelFiles.write(dir, model.config(), model.values(), DType.F32);
        }
        SafeTensorsWriter.write(dir.resolve(FIRST), optimizer.firstMoments().entries());
        SafeTensorsWriter.write(dir.resolve(SECOND), optimizer.secondMoments().entries());
        Map<String, Object> state = new LinkedHashMap<>();
        if (model.adapter() != null) {
            state.put(BASE, model.baseDigest());
        }
        state.put("optimizer_steps", optimizer.steps());
        state.put(MOMENTS, name(optimizer.firstMoments().type()));
        state.put("parameter_updates", optimizer.seldom());
        return state;
    }

    /** Writes the state of a trainer; it must hold the name of its stage under {@value #STAGE}, see {@link #stage}. */
    public static void writeState(Path dir, Map<String, Object> state) throws IOException {
        if (!(state.get(STAGE) instanceof String)) {
            throw new IllegalArgumentException("The state of a trainer needs the name of its stage");
        }
        Files.write(dir.resolve(STATE), JsonMapper.shared().writeValueAsString(state).getBytes(StandardCharsets.UTF_8));
    }

    /** The stage a checkpoint belongs to. */
    public static String stage(Checkpoint c) {
        return state(c).get(STAGE).asString();
    }

    /** Updates of its stage that a checkpoint was saved after. */
    static long step(Checkpoint c) {
        return state(c).get("step").asLong();
    }

    /** The state of a trainer as {@link #writeState} wrote it. */
    public static JsonNode state(Checkpoint c) {
        try {
            return JsonMapper.shared().readTree(Files.readAllBytes(c.file(STATE)));
        } catch (IOException e) {
            throw new UserException("Cannot read " + c.file(STATE) + ": " + e.getMessage() + ". Delete the checkpoint " + c.directory() + " and resume again.", e);
        }
    }

    private static void requireSameBase(Checkpoint c, JsonNode state, Transformer model) {
        String saved = state.path(BASE).asString("none");
        if (!saved.equals(model.baseDigest())) {
            throw new UserException("The adapter in " + c.directory() + " was trained on another base: its weights had the SHA-256 " + saved
                    + ", those of this model have " + model.baseDigest() + ". Resume with the model and precision the run was started with.");
        }
    }

    private static void requireSameAdapter(Checkpoint c, Path directory, LoraAdapter lora) {
        LoraConfig saved = PeftFiles.settings(directory);
        if (saved.rank() != lora.config().rank() || saved.scaling() != lora.config().scaling() || saved.dora() != lora.config().dora()
                || saved.dropout() != lora.config().dropout()) {
            throw new UserException("The adapter in " + c.directory() + " has other settings (" + saved + ") than this run (" + lora.config()
                    + "). Resume with the settings the run was started with.");
        }
    }

    private static String name(MomentType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static void requireSameMoments(Checkpoint c, JsonNode state, MomentType type) {
        String saved = state.path(MOMENTS).asString(name(MomentType.FLOAT32));
        if (!saved.equals(name(type))) {
            throw new UserException("The checkpoint " + c.directory() + " has AdamW's moments in " + saved + ", this run keeps them in " + name(type)
                    + ". Resume with the moments the run was started with (adam_moments: " + saved + ").");
        }
    }

    /**
     * Reads what {@link #writeModel} wrote into a checkpoint.
     *
     * @param under where in the checkpoint: "" or the name of a directory and a slash
     * @param state what {@link #writeModel} returned
     * @throws UserException when the checkpoint is of another model, adapter or kind of moments; says which
     */
    public static void readModel(Checkpoint c, String under, JsonNode state, Transformer model, AdamW optimizer) {
        requireSameMoments(c, state, optimizer.firstMoments().type());
        Path directory = c.directory().resolve(under);
        if (model.adapter() instanceof LoraAdapter lora) {
            requireSameBase(c, state, model);
            requireSameAdapter(c, directory, lora);
            PeftFiles.load(c.file(under + PeftFiles.WEIGHTS), lora);
        } else {
            try (ModelWeights weights = ModelWeights.open(directory)) {
                WeightFiles.load(weights, model.values());
            }
        }
        try (SafeTensorsFile m = SafeTensorsFile.open(c.file(under + FIRST)); SafeTensorsFile v = SafeTensorsFile.open(c.file(under + SECOND))) {
            optimizer.firstMoments().load(m);
            optimizer.secondMoments().load(v);
        }
        Map<String, Long> seldom = new LinkedHashMap<>();
        state.path("parameter_updates").properties().forEach(e -> seldom.put(e.getKey(), e.getValue().asLong()));
        optimizer.resumeAt(state.get("optimizer_steps").asLong(), seldom);
    }

    static void read(Checkpoint c, Transformer model, AdamW optimizer, TrainProgress progress, Parameters reference) {
        JsonNode state = state(c);
        readModel(c, "", state, model, optimizer);
        if (reference != null) {
            try (SafeTensorsFile r = SafeTensorsFile.open(c.file(REFERENCE))) {
                WeightFiles.load(r, reference);
            }
        }
        progress.step = state.get("step").asLong();
        progress.tokens = state.get("num_tokens").asLong();
        JsonNode carried = state.get("loss_state");
        progress.lossState = new double[carried.size()];
        for (int i = 0; i < carried.size(); i++) {
            progress.lossState[i] = carried.get(i).asDouble();
        }
        state.get("sums").properties().forEach(e -> progress.sums.put(e.getKey(),
                new Mean(e.getValue().get("sum").asDouble(), e.getValue().get("count").asDouble())));
    }
}
