package org.align4j.core.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;

/** Some of a batch's groups, packed so that they are computed together. */
record MicroBatch(int[] indices, PackedBatch packed) {

    /** Cuts a batch, in order, into pieces of at most {@code maxTokens} tokens; a larger group stands alone. */
    static List<MicroBatch> cut(List<Group> data, int[] batch, int maxTokens) {
        List<MicroBatch> list = new ArrayList<>();
        int from = 0;
        int tokens = 0;
        for (int i = 0; i < batch.length; i++) {
            int n = data.get(batch[i]).tokens();
            if (i > from && tokens + n > maxTokens) {
                list.add(of(data, Arrays.copyOfRange(batch, from, i)));
                from = i;
                tokens = 0;
            }
            tokens += n;
        }
        if (from < batch.length) {
            list.add(of(data, Arrays.copyOfRange(batch, from, batch.length)));
        }
        return list;
    }

    private static MicroBatch of(List<Group> data, int[] indices) {
        List<Group> groups = new ArrayList<>(indices.length);
        for (int i : indices) {
            groups.add(data.get(i));
        }
        return new MicroBatch(indices, PackedBatch.of(groups));
    }

    /** What a loss sees: {@code reference} is per target like {@code logProbs}, or null. */
    List<Example> examples(double[] logProbs, double[] reference) {
        List<Example> list = new ArrayList<>(indices.length);
        for (int g = 0; g < indices.length; g++) {
            Group group = packed.groups().get(g);
            List<Example.Response> responses = new ArrayList<>();
            for (int r = 0; r < group.responses().size(); r++) {
                Group.Response response = group.responses().get(r);
                responses.add(new Example.Response(packed.slice(logProbs, g, r), reference == null ? null : packed.slice(reference, g, r),
                        response.score(), response.label()));
            }
            list.add(new Example(responses));
        }
        return list;
    }

    /** Gradients of a loss as one array over the targets, divided by {@code count}. */
    double[] gradient(Evaluation e, double count) {
        double[] flat = new double[packed.targets().length];
        for (int g = 0; g < indices.length; g++) {
            double[][] parts = e.gradients().get(g);
            for (int r = 0; r < parts.length; r++) {
                int at = packed.starts()[g][r];
                for (int t = 0; t < parts[r].length; t++) {
                    flat[at + t] = parts[r][t] / count;
                }
            }
        }
        return flat;
    }
}
