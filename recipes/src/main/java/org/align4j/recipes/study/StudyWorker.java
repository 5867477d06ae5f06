package org.align4j.recipes.study;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.recipes.run.StopSignal;

/**
 * A process that does jobs: reads one {@link Job} a line from standard input and answers each with a line {@code @align4j {…}}, a {@link Job.Outcome}.
 * The end of its input asks it to save, to stop and to end. What it has to tell otherwise goes to standard error.
 */
final class StudyWorker {
    static final String ANSWER = "@align4j ";
    private static final String END = "";

    private StudyWorker() {}

    /** @param args the study's file, resolved */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path file = Path.of(args[0]);
        Study study = StudyReader.read(file);
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        AtomicBoolean ended = new AtomicBoolean();
        Thread reader = new Thread(() -> read(lines, ended), "align4j-jobs");
        reader.setDaemon(true);
        reader.start();
        try (StopSignal signal = new StopSignal();
                Writer answers = new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8);
                Writer log = new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8)) {
            JobWork work = new JobWork(study.evaluate(), log, () -> signal.requested() || ended.get());
            for (String line = lines.take(); !line.equals(END) && !signal.requested(); line = lines.take()) {
                Job.Outcome outcome = work.run(Json.of(line, Job.class));
                answers.write(ANSWER + Json.compact(outcome) + "\n");
                answers.flush();
            }
        }
    }

    private static void read(BlockingQueue<String> lines, AtomicBoolean ended) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // A broken input is an ended one.
        }
        ended.set(true);
        lines.add(END);
    }
}
