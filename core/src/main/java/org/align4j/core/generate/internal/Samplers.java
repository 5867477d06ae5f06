package org.align4j.core.generate.internal;

import org.align4j.core.backend.internal.host.Workers;
import org.align4j.core.generate.SamplingOptions;

/** A sampler for every thread, kept from pass to pass. */
final class Samplers {
    private final Sampler[] samplers = new Sampler[Workers.threads()];
    private final SamplingOptions options;
    private final int vocabulary;

    Samplers(SamplingOptions options, int vocabulary) {
        this.options = options;
        this.vocabulary = vocabulary;
    }

    /** Work on item i. */
    interface Work {
        void run(Sampler sampler, int i);
    }

    /** Runs the work for 0 … n − 1, on all threads where it is worth it. */
    void each(int n, Work work) {
        int parts = (int) Math.min(Math.min(samplers.length, n), Math.max(1, (long) n * vocabulary >> 12));
        Workers.each(parts, p -> {
            if (samplers[p] == null) {
                samplers[p] = new Sampler(options, vocabulary);
            }
            for (int i = (int) ((long) n * p / parts); i < (long) n * (p + 1) / parts; i++) {
                work.run(samplers[p], i);
            }
        });
    }

    /** A law to keep that these samplers can fill. */
    Law newLaw() {
        return new Law(options.isGreedy() ? 0 : vocabulary);
    }
}
