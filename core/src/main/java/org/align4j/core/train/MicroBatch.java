package org.align4j.core.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.losses.Batch;
import org.align4j.losses.Example;

/** Some of a batch's groups, packed so that they are computed together. */
record MicroBatch(int[] indices, PackedBatch packed) {

    /**
     * Cuts a batch, in order, into pieces of at most {@code maxTokens} tokens; a larger group stands alone.
     *
     * @param prompts whether prompts are targets too
     */
    static List<MicroBatch> cut(List<Group> data, int[] batch, int maxTokens, boolean prompts) {
        List<MicroBatch> list = new ArrayList<>();
        int from = 0;
        int tokens = 0;
        for (int i = 0; i < batch.length; i++) {
            int n = data.get(batch[i]).tokens();
            if (i > from && tokens + n > maxTokens) {
                list.add(of(data, Arrays.copyOfRange(batch, from, i), prompts));
                from = i;
                tokens = 0;
            }
            tokens += n;
        }
        if (from < batch.length) {
            list.add(of(data, Arrays.copyOfRange(batch, from, batch.length), prompts));
        }
        return list;
    }

    private static MicroBatch of(List<Group> data, int[] indices, boolean prompts) {
        List<Group> groups = new ArrayList<>(indices.length);
        for (int i : indices) {
            groups.add(data.get(i));
        }
        return new MicroBatch(indices, PackedBatch.of(groups, prompts));
    }

    /** One number per group that follows from the update's and from which example it is, not from how the batch is cut. */
    long[] noise(long update) {
        long[] keys = new long[indices.length];
        for (int g = 0; g < keys.length; g++) {
            keys[g] = Streams.mix(update ^ Streams.mix(indices[g] + 1L));
        }
        return keys;
    }

    /** What a loss sees: {@code reference} and {@code collision} are per target like {@code logProbs}, or null. */
    List<Example> examples(double[] logProbs, double[] reference, double[] collision) {
        List<Example> list = new ArrayList<>(indices.length);
        for (int g = 0; g < indices.length; g++) {
            Group group = packed.groups().get(g);
            List<Example.Response> responses = new ArrayList<>();
            for (int r = 0; r < group.responses().size(); r++) {
                Group.Response response = group.responses().get(r);
                responses.add(new Example.Response(packed.slice(logProbs, g, r), reference == null ? null : packed.slice(reference, g, r),
                        response.score(), response.label(), response.weights(), collision == null ? null : packed.slice(collision, g, r)));
            }
            boolean prompts = packed.starts()[g].length > group.responses().size();
            list.add(new Example(responses, prompts ? packed.prompt(logProbs, g) : null));
        }
        return list;
    }

    /** Gradients of a loss, one entry per group (its responses, then its prompt if that is a target), as one array over the targets. */
    double[] gradient(List<double[][]> gradients) {
        double[] flat = new double[packed.targets().length];
        for (int g = 0; g < indices.length; g++) {
            double[][] parts = gradients.get(g);
            for (int r = 0; r < parts.length; r++) {
                System.arraycopy(parts[r], 0, flat, packed.starts()[g][r], parts[r].length);
            }
        }
        return flat;
    }

    /** Counts of a whole batch; prompt tokens count where prompts are targets, those of a shared prompt once. */
    static Batch counts(List<Group> data, int[] batch, boolean prompts) {
        long responses = 0;
        long first = 0;
        long tokens = 0;
        long prompt = 0;
        for (int i : batch) {
            prompt += prompts ? data.get(i).prompt().length - 1 : 0;
            List<Group.Response> all = data.get(i).responses();
            responses += all.size();
            first += all.get(0).ids().length;
            for (Group.Response r : all) {
                tokens += r.ids().length;
            }
        }
        return new Batch(batch.length, responses, first, tokens, prompt, new double[0]);
    }
}
