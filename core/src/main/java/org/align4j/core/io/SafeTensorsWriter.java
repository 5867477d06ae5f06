package org.align4j.core.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.StrictJson;

/**
 * Writes safetensors files: one at a time, streaming, so that no more than a piece of one tensor is in memory.
 * The file appears under its name only when it is complete and on the disk. 16-bit values are rounded to the nearest, ties to even.
 */
public final class SafeTensorsWriter {
    private static final int PIECE = 1 << 18;

    private SafeTensorsWriter() {}

    /**
     * Writes one file with the metadata {@code {"format": "pt"}}, which other tools expect.
     *
     * @throws UserException naming the file if it cannot be written, or the tensor if a finite value exceeds the range of its 16-bit type
     */
    public static void write(Path file, List<TensorEntry> tensors) {
        write(file, tensors, Map.of("format", "pt"));
    }

    /** Writes one file with the given metadata. */
    public static void write(Path file, List<TensorEntry> tensors, Map<String, String> metadata) {
        // Wider types first keeps every tensor aligned to its element size; the order is otherwise that of the list.
        List<TensorEntry> order = tensors.stream().sorted(Comparator.comparingInt(t -> -t.dtype().bytes())).toList();
        byte[] header = header(order, metadata);
        AtomicFiles.writeChannel(file, channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length));
            writeFully(channel, ByteBuffer.wrap(header));
            float[] piece = new float[PIECE];
            for (TensorEntry tensor : order) {
                writeTensor(tensor, piece, buffer, channel, file);
            }
        });
    }

    private static byte[] header(List<TensorEntry> tensors, Map<String, String> metadata) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            json.put("__metadata__", metadata);
        }
        Set<String> names = new HashSet<>();
        long at = 0;
        for (TensorEntry tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("tensor \"" + tensor.name() + "\" is listed twice");
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", tensor.dtype().name());
            entry.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
            entry.put("data_offsets", List.of(at, Math.addExact(at, tensor.bytes())));
            json.put(tensor.name(), entry);
            at += tensor.bytes();
        }
        byte[] text = StrictJson.write(json, 0).getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        if (padded.length > SafeTensorsHeader.MAX_BYTES) {
            throw new IllegalArgumentException("a header of " + padded.length + " bytes exceeds the format's " + SafeTensorsHeader.MAX_BYTES);
        }
        return padded;
    }

    private static void writeTensor(TensorEntry tensor, float[] piece, ByteBuffer buffer, FileChannel channel, Path file) throws IOException {
        long elements = tensor.bytes() / tensor.dtype().bytes();
        int[] words = tensor.dtype() == DType.I32 ? new int[piece.length] : null;
        for (long done = 0; done < elements; ) {
            int n = (int) Math.min(piece.length, elements - done);
            buffer.clear();
            if (words != null) {
                tensor.words().read(done, words, n);
                buffer.asIntBuffer().put(words, 0, n);
                buffer.limit(n * tensor.dtype().bytes());
                writeFully(channel, buffer);
                done += n;
                continue;
            }
            tensor.source().read(done, piece, n);
            if (tensor.dtype() == DType.F32) {
                buffer.asFloatBuffer().put(piece, 0, n);
            } else {
                putHalves(tensor, piece, n, done, buffer, file);
            }
            buffer.limit(n * tensor.dtype().bytes());
            writeFully(channel, buffer);
            done += n;
        }
    }

    private static void putHalves(TensorEntry tensor, float[] piece, int n, long done, ByteBuffer buffer, Path file) {
        boolean brain = tensor.dtype() == DType.BF16;
        int infinity = brain ? 0x7f80 : 0x7c00;
        for (int i = 0; i < n; i++) {
            short bits = brain ? HalfFloats.floatToBf16(piece[i]) : HalfFloats.floatToF16(piece[i]);
            if ((bits & 0x7fff) == infinity && !Float.isInfinite(piece[i])) {
                throw new UserException(file + ": tensor \"" + tensor.name() + "\": element " + (done + i) + " is " + piece[i]
                        + ", beyond the range of " + tensor.dtype() + " (largest " + (brain ? "3.39e38" : "65504")
                        + "); write the model as " + (brain ? "F32" : "BF16 or F32"));
            }
            buffer.putShort(i * Short.BYTES, bits);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
