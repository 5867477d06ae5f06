package org.align4j.core.data.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Reads gzip members (RFC 1952) to the last byte. The JDK's stream takes a damaged second member or trailing bytes for the end of the file
 * and says nothing; rows would be lost in silence. Here everything after a member must be another member or zero padding.
 */
final class GzipStream extends InputStream {
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long produced;
    private boolean done;

    GzipStream(InputStream in) throws IOException {
        this.in = in;
        header();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!done) {
            if (inflater.needsInput()) {
                if (position == limit && !fill()) {
                    throw new EOFException("the compressed data end early");
                }
                inflater.setInput(buffer, position, limit - position);
            }
            int n;
            try {
                n = inflater.inflate(target, offset, length);
            } catch (DataFormatException e) {
                throw new ZipException("damaged compressed data: " + e.getMessage());
            }
            position = limit - inflater.getRemaining();
            if (n > 0) {
                crc.update(target, offset, n);
                produced += n;
                return n;
            }
            if (inflater.needsDictionary()) {
                throw new ZipException("compressed data ask for a preset dictionary");
            }
            if (inflater.finished()) {
                trailer();
            }
        }
        return -1;
    }

    private void trailer() throws IOException {
        long sum = little(4);
        long size = little(4);
        if (sum != crc.getValue() || size != (produced & 0xffffffffL)) {
            throw new ZipException("checksum or size of the compressed data does not match");
        }
        int b;
        do {
            b = position == limit && !fill() ? -1 : buffer[position] & 0xff;
            if (b == 0) {
                position++;
            }
        } while (b == 0);
        if (b < 0) {
            done = true;
            return;
        }
        inflater.reset();
        crc.reset();
        produced = 0;
        header();
    }

    private void header() throws IOException {
        if (next() != 0x1f || next() != 0x8b) {
            throw new ZipException("bytes that are not gzip follow the compressed data");
        }
        if (next() != 8) {
            throw new ZipException("unknown gzip compression method");
        }
        int flags = next();
        if ((flags & 0xe0) != 0) {
            throw new ZipException("reserved gzip flags are set");
        }
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip((int) little(2));
        }
        if ((flags & NAME) != 0) {
            zeroEnded();
        }
        if ((flags & COMMENT) != 0) {
            zeroEnded();
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
    }

    private void zeroEnded() throws IOException {
        int b;
        do {
            b = next();
        } while (b != 0);
    }

    private void skip(int n) throws IOException {
        for (int i = 0; i < n; i++) {
            next();
        }
    }

    private long little(int bytes) throws IOException {
        long v = 0;
        for (int i = 0; i < bytes; i++) {
            v |= (long) next() << (8 * i);
        }
        return v;
    }

    private int next() throws IOException {
        if (position == limit && !fill()) {
            throw new EOFException("the compressed data end early");
        }
        return buffer[position++] & 0xff;
    }

    private boolean fill() throws IOException {
        int n = in.read(buffer, 0, buffer.length);
        position = 0;
        limit = Math.max(n, 0);
        return n > 0;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
