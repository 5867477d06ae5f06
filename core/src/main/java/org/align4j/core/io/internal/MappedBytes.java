package org.align4j.core.io.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * A read-only memory map of a file of any length, made of windows of 1 GiB because one Java buffer holds less than 2 GiB.
 * Each window reaches {@value #OVERLAP} bytes into the next, so that an element never straddles two.
 */
public final class MappedBytes implements AutoCloseable {
    static final int OVERLAP = 16;
    private final FileChannel channel;
    private final long size;
    private final long window;
    private final MappedRegion[] windows;

    public MappedBytes(FileChannel channel) throws IOException {
        this(channel, 1L << 30);
    }

    /** A map with windows of another length, so that tests can cross their borders with small files. */
    public MappedBytes(FileChannel channel, long window) throws IOException {
        this.channel = channel;
        this.window = window;
        size = channel.size();
        windows = new MappedRegion[Math.toIntExact((size + window - 1) / window)];
    }

    /** The length of the file when it was opened. */
    public long size() {
        return size;
    }

    /** A little-endian view that begins at the position and has at least 8 bytes, or all up to the end of the file. */
    public ByteBuffer at(long position) throws IOException {
        int index = Math.toIntExact(position / window);
        long start = index * window;
        if (windows[index] == null) {
            windows[index] = MappedRegion.map(channel, start, Math.min(window + OVERLAP, size - start));
        }
        ByteBuffer view = windows[index].buffer().duplicate();
        view.position(Math.toIntExact(position - start));
        return view.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Releases the map. No view may be used afterwards. */
    @Override
    public void close() {
        for (int i = 0; i < windows.length; i++) {
            if (windows[i] != null) {
                windows[i].release();
                windows[i] = null;
            }
        }
    }
}
