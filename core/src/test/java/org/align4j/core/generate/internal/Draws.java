package org.align4j.core.generate.internal;

import java.util.stream.IntStream;
import org.align4j.core.generate.SamplingOptions;

/** The distribution that options make of logits. */
public final class Draws {
    private Draws() {}

    public static double[] law(float[] logits, SamplingOptions options) {
        Sampler sampler = new Sampler(options, logits.length);
        Law law = sampler.law();
        sampler.read(logits, 0, new Seen(), law);
        return IntStream.range(0, logits.length).mapToDouble(law::probability).toArray();
    }
}
