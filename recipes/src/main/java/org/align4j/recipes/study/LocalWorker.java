package org.align4j.recipes.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.eval.EvalSpec;

/** Works in this process. */
final class LocalWorker implements Worker {
    private final JobWork work;
    private final Writer log;
    private volatile boolean stop;

    LocalWorker(List<EvalSpec> evaluate, Path log) {
        AtomicFiles.createDirectories(log.getParent());
        try {
            this.log = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.work = new JobWork(evaluate, this.log, () -> stop);
    }

    @Override
    public Job.Outcome run(Job job) {
        return work.run(job);
    }

    @Override
    public void stop() {
        stop = true;
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
