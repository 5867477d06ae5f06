package org.align4j.core.data.internal;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.align4j.core.data.DataException;

/** The bytes of a data file, decompressed, with one byte of look-ahead and the digest of the file as it lies on disk. */
public final class ByteSource implements AutoCloseable {
    private final String file;
    private final MessageDigest digest;
    private final InputStream raw;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long line = 1;

    public ByteSource(Path path) {
        file = path.toString();
        if (Files.isDirectory(path)) {
            throw new DataException(file + " is a directory; a data file (JSON Lines or a JSON array, plain or gzip) was expected. Name the file itself.");
        }
        digest = sha256();
        InputStream opened = null;
        try {
            opened = new DigestInputStream(Files.newInputStream(path), digest);
            raw = new BufferedInputStream(opened, 1 << 16);
            raw.mark(8);
            byte[] magic = raw.readNBytes(4);
            raw.reset();
            refuseForeign(magic);
            in = magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b ? new GzipStream(raw) : raw;
            byteOrderMark();
        } catch (IOException e) {
            closeQuietly(opened);
            throw failure(e);
        } catch (DataException e) {
            closeQuietly(opened);
            throw e;
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    private void refuseForeign(byte[] magic) {
        String what = null;
        if (starts(magic, 'P', 'A', 'R', '1')) {
            what = "a Parquet file";
        } else if (starts(magic, 'P', 'K', 3, 4)) {
            what = "a zip archive";
        } else if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
            what = "a Zstandard file";
        } else if (starts(magic, 'B', 'Z', 'h')) {
            what = "a bzip2 file";
        } else if (starts(magic, 0xfd, '7', 'z', 'X')) {
            what = "an xz file";
        } else if (starts(magic, 0xff, 0xfe) || starts(magic, 0xfe, 0xff)) {
            what = "UTF-16 text";
        }
        if (what != null) {
            throw new DataException(file + " is " + what + "; JSON Lines or a JSON array in UTF-8, plain or gzip, was expected. Convert it first.");
        }
    }

    private static boolean starts(byte[] magic, int... bytes) {
        if (magic.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((magic[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    private void byteOrderMark() throws IOException {
        while (limit < 3) {
            int n = in.read(buffer, limit, buffer.length - limit);
            if (n <= 0) {
                break;
            }
            limit += n;
        }
        if (limit >= 3 && (buffer[0] & 0xff) == 0xef && (buffer[1] & 0xff) == 0xbb && (buffer[2] & 0xff) == 0xbf) {
            position = 3;
        }
    }

    /** Next byte without taking it, or -1 at the end. */
    int peek() {
        if (position == limit) {
            try {
                limit = Math.max(in.read(buffer, 0, buffer.length), 0);
                position = 0;
            } catch (IOException e) {
                throw failure(e);
            }
            if (limit == 0) {
                return -1;
            }
        }
        return buffer[position] & 0xff;
    }

    int read() {
        int b = peek();
        if (b >= 0) {
            position++;
            if (b == '\n') {
                line++;
            }
        }
        return b;
    }

    /** The 1-based line of the next byte. */
    long line() {
        return line;
    }

    String file() {
        return file;
    }

    /** SHA-256 of the file on disk in hex; call it after the last byte was read. */
    public String digest() {
        try {
            raw.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw failure(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    DataException failure(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return new DataException("No data file at " + file + ". Check the path; relative paths start at the working directory or the recipe's.", e);
        }
        if (e instanceof AccessDeniedException) {
            return new DataException("May not read " + file + ": access denied. Change its permissions.", e);
        }
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new DataException("Cannot read " + file + " near line " + line + ": " + why + ". The file may be cut short or damaged; fetch or write it again.", e);
    }

    private static void closeQuietly(InputStream in) {
        if (in != null) {
            try {
                in.close();
            } catch (IOException ignored) {
                // the first failure is the one worth telling
            }
        }
    }

    @Override
    public void close() {
        closeQuietly(in);
    }

    /** A growing byte slice with a bound. */
    static final class Slice {
        private byte[] bytes = new byte[4096];
        private int size;

        void clear() {
            size = 0;
        }

        void add(int b) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, size + (size >> 1));
            }
            bytes[size++] = (byte) b;
        }

        byte[] bytes() {
            return bytes;
        }

        int size() {
            return size;
        }
    }
}
