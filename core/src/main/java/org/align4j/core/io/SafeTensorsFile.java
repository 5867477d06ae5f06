package org.align4j.core.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.IoFailures;
import org.align4j.core.io.internal.MappedBytes;

/**
 * A memory-mapped safetensors file: 8 bytes little-endian header length, a JSON header, data. Files and tensors may exceed 2 GiB.
 * The header is checked in full on opening: bounded length, strict JSON, known types, shapes that fit their bytes, no overlap, gap or rest.
 * Several threads may read at once.
 */
public final class SafeTensorsFile implements TensorSource {
    private final Path path;
    private final FileChannel channel;
    private final MappedBytes bytes;
    private final SafeTensorsHeader header;
    private final long dataStart;
    private final long length;
    // Reading a map that another thread has released would take the whole process down.
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    private SafeTensorsFile(Path path, FileChannel channel, MappedBytes bytes, SafeTensorsHeader header, long dataStart) {
        this.path = path;
        this.channel = channel;
        this.bytes = bytes;
        this.header = header;
        this.dataStart = dataStart;
        this.length = bytes.size();
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws UserException naming the file, the tensor and what is wrong with it
     */
    public static SafeTensorsFile open(Path path) {
        return open(path, 1L << 30);
    }

    static SafeTensorsFile open(Path path, long window) {
        if (Files.isDirectory(path)) {
            throw new UserException(path + " is a directory; a safetensors file is required, name the file within");
        }
        FileChannel channel = null;
        boolean done = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            long size = channel.size();
            long length = headerLength(channel, size, path);
            byte[] text = new byte[(int) length];
            readFully(channel, ByteBuffer.wrap(text), 8, path);
            SafeTensorsHeader header = SafeTensorsHeader.parse(text, size - 8 - length, path.toString());
            SafeTensorsFile file = new SafeTensorsFile(path, channel, new MappedBytes(channel, window), header, 8 + length);
            done = true;
            return file;
        } catch (IOException e) {
            throw IoFailures.of("read", path, e);
        } finally {
            if (!done && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    private static long headerLength(FileChannel channel, long size, Path path) throws IOException {
        if (size < 8) {
            throw new UserException(path + ": a safetensors file begins with 8 bytes of header length, this one has " + size
                    + " bytes in all; it is truncated or empty, fetch or write it again");
        }
        ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, head, 0, path);
        long length = head.getLong(0);
        if (length < 0 || length > SafeTensorsHeader.MAX_BYTES || length > size - 8) {
            throw new UserException(path + ": the header is said to be " + Long.toUnsignedString(length) + " bytes long, but at most "
                    + Math.min(SafeTensorsHeader.MAX_BYTES, size - 8)
                    + " are possible in this file; it is truncated, damaged or not a safetensors file, fetch or write it again");
        }
        return length;
    }

    private static void readFully(FileChannel channel, ByteBuffer into, long position, Path path) throws IOException {
        while (into.hasRemaining()) {
            int n = channel.read(into, position + into.position());
            if (n < 0) {
                throw new UserException(path + ": the file ended while it was read; another process is changing it, try again when it is done");
            }
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(header.tensors());
    }

    /** The strings under {@code __metadata__}; empty where the file has none. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    @Override
    public void read(String name, long elementOffset, float[] dst, int dstOffset, int count) {
        TensorInfo tensor = tensor(name);
        if (!tensor.dtype().readableAsFloat()) {
            throw new UserException(path + ": tensor \"" + name + "\" has type " + tensor.dtype()
                    + ", but weights must be F32, BF16, F16 or F64; convert the model to one of these");
        }
        Objects.checkFromIndexSize(dstOffset, count, dst.length);
        pieces(tensor, name, elementOffset, count, (view, done, n) -> FloatReader.read(tensor.dtype(), view, dst, dstOffset + done, n));
    }

    /**
     * Copies {@code count} elements of an I32 tensor, counted row-major from {@code elementOffset}, to the start of {@code dst}.
     *
     * @throws UserException if there is no such tensor, it is of another type, or the file cannot be read
     */
    public void readWords(String name, long elementOffset, int[] dst, int count) {
        TensorInfo tensor = tensor(name);
        if (tensor.dtype() != DType.I32) {
            throw new UserException(path + ": tensor \"" + name + "\" has type " + tensor.dtype() + ", but I32 is required");
        }
        Objects.checkFromIndexSize(0, count, dst.length);
        pieces(tensor, name, elementOffset, count, (view, done, n) -> view.asIntBuffer().get(dst, done, n));
    }

    private TensorInfo tensor(String name) {
        TensorInfo tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new UserException(path + ": there is no tensor \"" + name + "\" in this file; it has " + header.tensors().size() + " others");
        }
        return tensor;
    }

    private interface Piece {
        void read(ByteBuffer view, int done, int count);
    }

    private void pieces(TensorInfo tensor, String name, long elementOffset, int count, Piece reader) {
        Objects.checkFromIndexSize(elementOffset, count, tensor.elements());
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException(path + " is closed");
            }
            int size = tensor.dtype().bytes();
            requireUnchangedLength(name);
            long position = dataStart + tensor.begin() + elementOffset * size;
            int done = 0;
            while (done < count) {
                ByteBuffer view = window(position + (long) done * size);
                int n = Math.min(count - done, view.remaining() / size);
                reader.read(view, done, n);
                done += n;
            }
        } catch (IOException e) {
            throw IoFailures.of("read", path, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Touching a mapped page that has no file behind it any more raises an error that Java reports late and without a place. */
    private void requireUnchangedLength(String name) throws IOException {
        if (channel.size() < length) {
            throw new UserException(path + ": the file became shorter while it was open, so tensor \"" + name
                    + "\" cannot be read; another process is changing it, try again when it is done");
        }
    }

    private ByteBuffer window(long position) throws IOException {
        synchronized (bytes) {
            return bytes.at(position);
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                bytes.close();
                closeQuietly(channel);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Opened for reading only: nothing can be lost.
        }
    }
}
