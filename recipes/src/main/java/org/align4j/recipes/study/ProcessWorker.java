package org.align4j.recipes.study;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.rundir.internal.Json;

/** Works in a Java process with the classes and options of this one. Jobs go to its standard input, outcomes come from its standard output, a line each. */
final class ProcessWorker implements Worker {
    private static final long SECONDS_TO_END = 130;

    private final StudyFiles files;
    private final int index;
    private final int threads;
    private final long heap;
    private Process process;
    private Writer jobs;
    private BufferedReader answers;
    private volatile boolean stopping;

    /**
     * @param index   of the worker, from 1
     * @param threads it may use
     * @param heap    of its virtual machine at most, in bytes
     */
    ProcessWorker(StudyFiles files, int index, int threads, long heap) {
        this.files = files;
        this.index = index;
        this.threads = threads;
        this.heap = heap;
    }

    private void start() throws IOException {
        Path log = files.log(index);
        AtomicFiles.createDirectories(log.getParent());
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(a -> !a.startsWith("-Xm") && !a.startsWith("-javaagent") && !a.startsWith("-agentlib")).toList());
        command.addAll(List.of("-Xmx" + (heap >> 20) + "m", "-Dalign4j.threads=" + threads, "-cp", System.getProperty("java.class.path"), StudyWorker.class.getName(),
                files.study().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
        builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        process = builder.start();
        jobs = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    @Override
    public Job.Outcome run(Job job) {
        try {
            if (process == null || !process.isAlive()) {
                start();
            }
            synchronized (this) {
                if (stopping) {
                    return Job.Outcome.stopped(job.name());
                }
                jobs.write(Json.compact(job) + "\n");
                jobs.flush();
            }
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(StudyWorker.ANSWER)) {
                    return Json.of(line.substring(StudyWorker.ANSWER.length()), Job.Outcome.class);
                }
                Files.writeString(files.log(index), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            return died(job);
        } catch (IOException e) {
            if (process == null) {
                throw new UserException("A worker process cannot be started: " + e.getMessage() + ". Write parallel: 1 to work in one process.", e);
            }
            return died(job);
        }
    }

    private Job.Outcome died(Job job) {
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String code = process.isAlive() ? "" : " with exit code " + process.exitValue();
        process = null;
        return stopping ? Job.Outcome.stopped(job.name())
                : Job.Outcome.failed(job.name(), "the worker process died" + code + "; what it printed last is in " + files.log(index), true);
    }

    @Override
    public synchronized void stop() {
        stopping = true;
        end();
    }

    /** A closed input is what asks a worker to stop. */
    private void end() {
        try {
            if (jobs != null) {
                jobs.close();
            }
        } catch (IOException ignored) {
            // It has ended already, which is all that was wanted.
        }
    }

    @Override
    public void close() {
        end();
        if (process == null) {
            return;
        }
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
