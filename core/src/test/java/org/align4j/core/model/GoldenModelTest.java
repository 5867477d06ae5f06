package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.align4j.core.backend.internal.onednn.OneDnnBackend;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.align4j.core.train.AdamW;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Models against numbers computed with Hugging Face Transformers and TRL. Tolerances are those stated with the reference files for a
 * float32 implementation: they leave room above rounding and are far below the effect of a wrong detail.
 */
class GoldenModelTest {
    private static final Location HERE = new Location("golden", 1);

    private static Backend backend(String name) {
        return name.equals("nd4j") ? new Nd4jBackend(Precision.FP32) : new OneDnnBackend(Precision.FP32, false);
    }

    private static int[] ints(JsonNode n) {
        int[] a = new int[n.size()];
        for (int i = 0; i < a.length; i++) {
            a[i] = n.get(i).asInt();
        }
        return a;
    }

    private static float[] floats(Path file) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        float[] a = new float[b.remaining() / 4];
        b.asFloatBuffer().get(a);
        return a;
    }

    private static Group.Response response(int[] ids) {
        return new Group.Response(ids, Double.NaN, null, false);
    }

    private static Group split(int[] ids, int prompt) {
        return new Group(HERE, Arrays.copyOf(ids, prompt), List.of(response(Arrays.copyOfRange(ids, prompt, ids.length))));
    }

    @ParameterizedTest
    @CsvSource({"llama", "llama_gqa_tied", "llama_rope_llama3", "qwen2", "mistral_sliding", "gpt2", "gemma"})
    void agreesWithTransformersOnOneDnn(String name) throws IOException {
        check(name, "onednn");
    }

    @ParameterizedTest
    @CsvSource({"llama", "llama_gqa_tied", "llama_rope_llama3", "qwen2", "mistral_sliding", "gpt2", "gemma"})
    void agreesWithTransformersOnNd4j(String name) throws IOException {
        check(name, "nd4j");
    }

    private void check(String name, String backend) throws IOException {
        Path dir = Shared.path("golden/models/" + name);
        JsonNode golden = JsonMapper.shared().readTree(dir.resolve("golden.json").toFile());
        ModelConfig config = ModelConfig.read(dir);
        try (Backend b = backend(backend); Parameters values = new Parameters(b, new ParameterLayout(config), DType.F32);
                Parameters gradients = new Parameters(b, values.layout(), DType.F32); SafeTensorsFile file = SafeTensorsFile.open(dir.resolve("model.safetensors"))) {
            WeightFiles.load(file, values);
            Transformer model = new Transformer(config, values, gradients);
            sequences(dir, golden, model);
            sft(dir, golden, model);
            for (JsonNode trajectory : golden.get("dpo").get("trajectories")) {
                WeightFiles.load(file, values);
                dpo(golden.get("dpo"), trajectory, model);
            }
        }
    }

    private void sequences(Path dir, JsonNode golden, Transformer model) throws IOException {
        for (JsonNode s : golden.get("sequences")) {
            int[] ids = ints(s.get("input_ids"));
            assertArrayEquals(floats(dir.resolve(s.get("logits_file").asString())), model.logits(ids), 2e-4f, "logits");
            if (ids.length > 1) {
                double[] found = model.logProbs(PackedBatch.of(List.of(split(ids, 1))));
                for (int i = 0; i < found.length; i++) {
                    assertEquals(s.get("next_token_logprobs").get(i).asDouble(), found[i], 2e-4, "log-probability " + i);
                }
                int p = s.get("prompt_length").asInt();
                double sum = Arrays.stream(model.logProbs(PackedBatch.of(List.of(split(ids, p))))).sum();
                assertEquals(s.get("completion_logprob_sum").asDouble(), sum, 1e-3);
            }
        }
    }

    private void sft(Path dir, JsonNode golden, Transformer model) throws IOException {
        List<Group> groups = new ArrayList<>();
        for (JsonNode e : golden.get("sft").get("examples")) {
            groups.add(split(ints(e.get("input_ids")), e.get("prompt_length").asInt()));
        }
        for (boolean fused : new boolean[] {false, true}) {
            model.gradients().fill(0f);
            double loss = 0;
            try (ForwardPass pass = model.forward(PackedBatch.of(groups))) {
                int n = golden.get("sft").get("num_loss_tokens").asInt();
                double[] g = new double[n];
                Arrays.fill(g, -1.0 / n);
                if (fused) {
                    pass.backwardKnown(g);
                } else {
                    pass.logProbs();
                    pass.backward(g);
                }
                for (double lp : pass.logProbs()) {
                    loss -= lp / n;
                }
            }
            assertEquals(golden.get("sft").get("loss").asDouble(), loss, 1e-4);
            float[] expected = floats(dir.resolve(golden.get("sft").get("gradient_file").asString()));
            WeightFiles.forEach(model.gradients(), (slot, found) -> {
                JsonNode g = golden.get("sft").get("gradients").get(slot.name());
                int at = g.get("offset").asInt() / 4;
                double tolerance = 1e-4 * Math.max(1, g.get("l2_norm").asDouble());
                for (int i = 0; i < found.length; i++) {
                    assertEquals(expected[at + i], found[i], tolerance, slot.name() + "[" + i + "]");
                }
            });
        }
    }

    private void dpo(JsonNode dpo, JsonNode trajectory, Transformer model) {
        JsonNode h = dpo.get("hyperparameters");
        List<Group> groups = new ArrayList<>();
        for (JsonNode p : dpo.get("pairs")) {
            groups.add(new Group(HERE, ints(p.get("prompt_ids")), List.of(response(ints(p.get("chosen_ids"))), response(ints(p.get("rejected_ids"))))));
        }
        PackedBatch batch = PackedBatch.of(groups);
        double[] reference = model.logProbs(batch);
        DpoLoss loss = new DpoLoss(h.get("beta").asDouble(), 0.0, false);
        AdamW.Settings settings = new AdamW.Settings(h.get("betas").get(0).asDouble(), h.get("betas").get(1).asDouble(), h.get("epsilon").asDouble(),
                h.get("weight_decay").asDouble(), trajectory.get("no_weight_decay").isEmpty(), h.get("max_grad_norm").asDouble());
        try (AdamW optimizer = new AdamW(settings, model.values(), model.gradients())) {
            for (JsonNode step : trajectory.get("steps")) {
                model.gradients().fill(0f);
                try (ForwardPass pass = model.forward(batch)) {
                    Evaluation e = loss.evaluate(examples(batch, pass.logProbs(), reference));
                    assertEquals(step.get("loss").asDouble(), e.loss(), 5e-4, "loss");
                    for (String m : List.of("rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies")) {
                        assertEquals(step.get(m).asDouble(), e.metric(m), 5e-4, m);
                    }
                    assertEquals(step.get("logps/chosen").asDouble(), e.metric("logps/chosen"), 1e-3);
                    pass.backward(flat(batch, e));
                }
                double norm = optimizer.step(step.get("learning_rate").asDouble());
                assertEquals(step.get("grad_norm").asDouble(), norm, 1e-3 * norm, "grad_norm");
            }
        }
        WeightFiles.forEach(model.values(), (slot, found) -> {
            JsonNode p = trajectory.get("final").get("parameters").get(slot.name());
            double norm = 0;
            for (float f : found) {
                norm += (double) f * f;
            }
            assertEquals(p.get("l2_norm").asDouble(), Math.sqrt(norm), 1e-4 + p.get("cross_precision_l2_difference").asDouble(), slot.name());
            for (int i = 0; i < p.get("indices").size(); i++) {
                assertEquals(p.get("values").get(i).asDouble(), found[p.get("indices").get(i).asInt()], 5e-5, slot.name());
            }
        });
        double[] after = model.logProbs(batch);
        for (int g = 0; g < groups.size(); g++) {
            JsonNode p = trajectory.get("final").get("pairs").get(g);
            assertEquals(p.get("chosen_logprob_sum").asDouble(), Arrays.stream(batch.slice(after, g, 0)).sum(), 2e-3);
            assertEquals(p.get("rejected_logprob_sum").asDouble(), Arrays.stream(batch.slice(after, g, 1)).sum(), 2e-3);
        }
        assertTrue(after.length > 0);
    }

    private static List<Example> examples(PackedBatch batch, double[] lp, double[] reference) {
        List<Example> list = new ArrayList<>();
        for (int g = 0; g < batch.groups().size(); g++) {
            List<Example.Response> responses = new ArrayList<>();
            for (int r = 0; r < batch.groups().get(g).responses().size(); r++) {
                responses.add(new Example.Response(batch.slice(lp, g, r), batch.slice(reference, g, r)));
            }
            list.add(new Example(responses));
        }
        return list;
    }

    private static double[] flat(PackedBatch batch, Evaluation e) {
        double[] g = new double[batch.targets().length];
        for (int i = 0; i < batch.groups().size(); i++) {
            for (int r = 0; r < batch.groups().get(i).responses().size(); r++) {
                double[] part = e.gradients().get(i)[r];
                for (int t = 0; t < part.length; t++) {
                    g[batch.starts()[i][r] + t] = part[t];
                }
            }
        }
        return g;
    }
}
