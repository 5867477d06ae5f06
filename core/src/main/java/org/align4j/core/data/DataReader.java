package org.align4j.core.data;

import java.nio.file.Path;
import org.align4j.core.data.internal.ByteSource;
import org.align4j.core.data.internal.RowParser;
import org.align4j.core.data.internal.RowSplitter;

/**
 * Streams the rows of a data file: JSON Lines or one JSON array, plain or gzip, both told by content. One row is held at a time.
 * UTF-8 is checked byte by byte, a byte order mark is skipped, duplicate keys are refused, a row is at most 64 MiB.
 * Every fault is a {@link DataException} with file and line, or element.
 */
public final class DataReader implements AutoCloseable {
    /** The most bytes a row may have. */
    public static final int MAX_ROW_BYTES = 64 << 20;

    private final ByteSource source;
    private final RowSplitter splitter;
    private final RowParser parser;
    private final String file;
    private long rows;
    private String sha256;

    public DataReader(Path path) {
        this(path, MAX_ROW_BYTES);
    }

    /** One that takes the words NaN and Infinity, which Python writes though they are no JSON, as numbers. */
    public static DataReader withNaN(Path path) {
        return new DataReader(path, MAX_ROW_BYTES, true);
    }

    /** @param maxRowBytes the most bytes a row may have */
    public DataReader(Path path, int maxRowBytes) {
        this(path, maxRowBytes, false);
    }

    private DataReader(Path path, int maxRowBytes, boolean nan) {
        if (maxRowBytes < 2) {
            throw new IllegalArgumentException("A row needs at least 2 bytes, maxRowBytes is " + maxRowBytes);
        }
        file = path.toString();
        source = new ByteSource(path);
        try {
            splitter = new RowSplitter(source, maxRowBytes);
        } catch (DataException e) {
            source.close();
            throw e;
        }
        parser = new RowParser(splitter.isArray(), nan);
    }

    /** The next row, or null after the last. */
    public Row next() {
        String json = splitter.next();
        if (json == null) {
            if (sha256 == null) {
                sha256 = source.digest();
            }
            return null;
        }
        rows++;
        return new Row(new Location(file, splitter.row()), splitter.where(), parser.parse(json, splitter.where()));
    }

    /** The file as it was named. */
    public String file() {
        return file;
    }

    /** Rows read so far. */
    public long rows() {
        return rows;
    }

    /** Blank lines met so far in a JSON Lines file. */
    public long blankLines() {
        return splitter.blankLines();
    }

    /** Whether the file is one JSON array rather than JSON Lines. */
    public boolean isArray() {
        return splitter.isArray();
    }

    /** SHA-256 of the file on disk in hex, once {@link #next()} has returned null. */
    public String sha256() {
        if (sha256 == null) {
            throw new IllegalStateException("The digest of " + file + " is known after its last row was read");
        }
        return sha256;
    }

    @Override
    public void close() {
        source.close();
    }
}
