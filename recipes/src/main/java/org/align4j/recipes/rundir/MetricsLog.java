package org.align4j.recipes.rundir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;
import tools.jackson.core.JacksonException;

/**
 * {@code metrics.jsonl}: one JSON object per line, {@code {"stage":"dpo","step":10,"loss":0.69,…}}, in the order things happened.
 *
 * <p>Every line goes to the operating system as one write, so that a killed run loses nothing it logged and leaves at worst one torn line at the end,
 * which is ignored by {@link #read} and cut off when the log is opened again. Numbers that are not finite are written as the strings "NaN",
 * "Infinity" and "-Infinity".
 */
public final class MetricsLog implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    private MetricsLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** A line of the log. */
    public record Line(String stage, long step, Map<String, Double> values) {
        public Line {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    /** Opens a log for appending, making it when it is missing; a torn last line is cut off. */
    public static MetricsLog open(Path file) {
        return open(file, null, 0);
    }

    /**
     * Opens a log to go on from a checkpoint: everything logged after step {@code step} of {@code stage} is cut off, since it will be logged again.
     * Lines of earlier stages stay.
     */
    public static MetricsLog resumeAt(Path file, String stage, long step) {
        return open(file, stage, step);
    }

    private static MetricsLog open(Path file, String stage, long step) {
        try {
            long keep = Files.exists(file) ? keptBytes(file, stage, step) : 0;
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(keep);
            channel.position(keep);
            return new MetricsLog(file, channel);
        } catch (IOException e) {
            throw AtomicText.unwritable(file, e);
        }
    }

    /** Appends a line. */
    public void append(String stage, long step, Map<String, ? extends Number> values) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("stage", stage);
        line.put("step", step);
        line.putAll(values);
        ByteBuffer bytes = ByteBuffer.wrap((Json.compact(line) + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw AtomicText.unwritable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw AtomicText.unwritable(file, e);
        }
    }

    /**
     * Reads a log; one that does not exist yet has no lines.
     *
     * @throws UserException when a line other than a torn last one is not an object with a stage and a step; names file and line
     */
    public static List<Line> read(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            List<Line> out = new ArrayList<>();
            for (Raw raw : raw(file)) {
                out.add(raw.line());
            }
            return out;
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + AtomicText.reason(e), e);
        }
    }

    private record Raw(Line line, long end) {
    }

    private static long keptBytes(Path file, String stage, long step) throws IOException {
        long end = 0;
        boolean reached = false;
        for (Raw raw : raw(file)) {
            boolean sameStage = raw.line().stage().equals(stage);
            if (stage != null && (sameStage && raw.line().step() > step || reached && !sameStage)) {
                break;
            }
            reached |= sameStage;
            end = raw.end();
        }
        return end;
    }

    private static List<Raw> raw(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        List<Raw> out = new ArrayList<>();
        int start = 0;
        int number = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            number++;
            String text = new String(bytes, start, i - start, StandardCharsets.UTF_8);
            try {
                out.add(new Raw(parse(text), i + 1L));
            } catch (JacksonException | IllegalArgumentException e) {
                // After a power cut the end of a file can hold zeros in place of what was written.
                if (i + 1 == bytes.length) {
                    break;
                }
                throw new UserException(file + ":" + number + ": required is a JSON object with \"stage\", \"step\" and numbers, found "
                        + abbreviated(text) + "; mend or remove the line.", e);
            }
            start = i + 1;
        }
        return out;
    }

    private static Line parse(String text) {
        Map<String, Object> map = Json.object(text);
        if (map == null || !(map.remove("stage") instanceof String stage) || !(map.remove("step") instanceof Number step)) {
            throw new IllegalArgumentException("no stage or step");
        }
        Map<String, Double> values = new LinkedHashMap<>();
        for (Map.Entry<String, Object> e : map.entrySet()) {
            if (e.getValue() instanceof Number n) {
                values.put(e.getKey(), n.doubleValue());
            } else if (e.getValue() instanceof String s) {
                values.put(e.getKey(), Double.valueOf(s));
            } else {
                throw new IllegalArgumentException("not a number: " + e.getKey());
            }
        }
        return new Line(stage, step.longValue(), values);
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
