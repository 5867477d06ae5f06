package org.align4j.recipes.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.Group;
import org.align4j.core.data.ResponseLoader.Item;
import org.align4j.core.data.ResponseLoader;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.model.config.Position;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.FormatChoice;

/** Writes the log-probabilities of given responses, one JSON line each: nats, of every token and summed. */
final class LogProbs {
    /** Tokens computed together. */
    private static final int BATCH_TOKENS = 2048;
    private static final int SHOWN = 10;

    private LogProbs() {}

    static void run(Commands.LogProbsRequest request, Terminal terminal) {
        requireWritable(request);
        try (ModelSession session = ModelSession.open(Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend()))) {
            TextEncoder encoder = session.encoder() != null ? session.encoder() : new IdsOnly(session.config().vocabSize(), request.data());
            DataFormat format = request.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(request.format().name());
            int longest = session.config().position() == Position.LEARNED ? session.config().maxPositions() : 0;
            ResponseLoader.Items data = new ResponseLoader(format, encoder, longest).load(request.data());
            session.warnings().forEach(terminal.err()::println);
            session.load(Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend()), 0);
            AtomicFiles.write(request.out(), out -> {
                try (ProgressBar progress = new ProgressBar(terminal.err())) {
                    BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
                    score(data.items(), session, lines, progress);
                    lines.flush();
                }
            });
            leftOut(data.leftOut(), terminal);
            terminal.out().printf("Wrote the log-probabilities of %,d responses to %s%n", data.items().size(), request.out());
        }
    }

    private static void leftOut(List<String> reasons, Terminal terminal) {
        reasons.stream().limit(SHOWN).forEach(r -> terminal.err().println("Left out " + r));
        if (reasons.size() > SHOWN) {
            terminal.err().println("Left out " + (reasons.size() - SHOWN) + " more");
        }
    }

    /** What would fail only after the work is looked at before it. */
    private static void requireWritable(Commands.LogProbsRequest request) {
        Path out = request.out().toAbsolutePath();
        if (Files.isDirectory(out)) {
            throw new UserException(request.out() + " is a directory; --out must name a file to write.");
        }
        if (!Files.isDirectory(out.getParent())) {
            throw new UserException("There is no directory " + out.getParent() + " to write " + out.getFileName() + " in. Create it, or choose another --out.");
        }
        if (!Files.isWritable(out.getParent())) {
            throw new UserException("The directory " + out.getParent() + " is not writable. Grant access, or choose another --out.");
        }
        if (out.normalize().equals(request.data().toAbsolutePath().normalize())) {
            throw new UserException("--out is the data file itself, which would be lost. Choose another --out.");
        }
    }

    /** Neighbours with the same prompt share it; batches hold so many tokens, or one group that is longer. */
    private static void score(List<Item> items, ModelSession session, BufferedWriter lines, ProgressBar progress) throws IOException {
        progress.stage("logprobs", 0, items.size());
        List<Group> batch = new ArrayList<>();
        int tokens = 0;
        int next = 0;
        long done = 0;
        long total = 0;
        while (next < items.size()) {
            int end = sharing(items, next);
            Group group = merge(items.subList(next, end));
            if (!batch.isEmpty() && tokens + group.tokens() > BATCH_TOKENS) {
                write(batch, items.subList((int) done, next), session, lines);
                total += batch.stream().mapToLong(Group::tokensUnshared).sum();
                done = next;
                batch.clear();
                tokens = 0;
                progress.update(new ProgressBar.Update(done, total, Double.NaN, Double.NaN));
            }
            batch.add(group);
            tokens += group.tokens();
            next = end;
        }
        write(batch, items.subList((int) done, next), session, lines);
        progress.update(new ProgressBar.Update(next, total + batch.stream().mapToLong(Group::tokensUnshared).sum(), Double.NaN, Double.NaN));
        progress.endStage();
    }

    private static int sharing(List<Item> items, int from) {
        Item first = items.get(from);
        int end = from + 1;
        int tokens = first.group().tokens();
        while (end < items.size() && items.get(end).at().equals(first.at()) && Arrays.equals(items.get(end).group().prompt(), first.group().prompt())) {
            tokens += items.get(end).group().responses().get(0).ids().length;
            if (tokens > BATCH_TOKENS) {
                break;
            }
            end++;
        }
        return end;
    }

    private static Group merge(List<Item> items) {
        List<Group.Response> responses = items.stream().map(i -> i.group().responses().get(0)).toList();
        return new Group(items.get(0).at(), items.get(0).group().prompt(), responses);
    }

    private static void write(List<Group> groups, List<Item> items, ModelSession session, BufferedWriter lines) throws IOException {
        PackedBatch batch = PackedBatch.of(groups);
        double[] all = session.model().logProbs(batch);
        int item = 0;
        for (int g = 0; g < groups.size(); g++) {
            for (int r = 0; r < groups.get(g).responses().size(); r++) {
                lines.write(line(items.get(item), batch.slice(all, g, r)));
                lines.newLine();
                item++;
            }
        }
    }

    private static String line(Item item, double[] logProbs) {
        double sum = 0;
        for (double v : logProbs) {
            if (!Double.isFinite(v)) {
                throw new UserException(item.at() + ": the model gives the log-probability " + v + " to a token of response " + item.response()
                        + ". Its weights, or the sums they lead to, are not finite; check the model.");
            }
            sum += v;
        }
        int[] ids = item.group().responses().get(0).ids();
        return "{\"row\":" + item.at().row() + ",\"response\":" + item.response() + ",\"token_ids\":" + Arrays.toString(ids).replace(" ", "") + ",\"token_logprobs\":"
                + Arrays.toString(logProbs).replace(" ", "") + ",\"sum\":" + sum + ",\"mean\":" + sum / ids.length + "}";
    }
}
