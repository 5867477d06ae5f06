package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataReaderTest {
    @TempDir
    Path dir;

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(dir.resolve(name), bytes);
    }

    private Path write(String name, String text) throws IOException {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream z = new GZIPOutputStream(out)) {
            z.write(bytes);
        }
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] p : parts) {
            out.writeBytes(p);
        }
        return out.toByteArray();
    }

    private static List<String> rows(Path f) {
        return rows(f, DataReader.MAX_ROW_BYTES);
    }

    private static List<String> rows(Path f, int max) {
        List<String> out = new ArrayList<>();
        try (DataReader r = new DataReader(f, max)) {
            for (Row row = r.next(); row != null; row = r.next()) {
                out.add(row.at().row() + row.fields().toString());
            }
            assertNull(r.next());
        }
        return out;
    }

    private static String fails(Path f) {
        return assertThrows(DataException.class, () -> rows(f)).getMessage();
    }

    private static void says(Path f, String... parts) {
        String m = fails(f);
        for (String p : parts) {
            assertTrue(m.contains(p), m);
        }
    }

    @Test
    void linesAndArraysAreToldByContent() throws IOException {
        assertEquals(List.of("1{\"a\":1}", "3{\"a\":\"]}\"}", "5{\"a\":3}"), rows(write("x.json", "{\"a\":1}\r\n  \r\n{\"a\":\"]}\"}\n\n{\"a\":3}")));
        assertEquals(List.of("1{\"a\":[1,{}]}", "2{\"a\":\"\\\"],\"}"), rows(write("x.jsonl", "\n [\n {\"a\":[1,{}]}\n,{\"a\":\"\\\"],\"} ]\n\n")));
        try (DataReader r = new DataReader(write("b.jsonl", "\n\n{}\n \n{}\n\n"))) {
            while (r.next() != null) {
                assertTrue(r.rows() <= 2);
            }
            assertEquals(4, r.blankLines());
            assertEquals(2, r.rows());
        }
    }

    @Test
    void byteOrderMarkAndGzipInAnyNumberOfMembers() throws IOException {
        byte[] bom = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
        byte[] one = "{\"a\":\"é\"}\n".getBytes(StandardCharsets.UTF_8);
        byte[] two = "{\"a\":2}\n".getBytes(StandardCharsets.UTF_8);
        List<String> both = List.of("1{\"a\":\"é\"}", "2{\"a\":2}");
        assertEquals(both, rows(write("a", join(bom, one, two))));
        assertEquals(both, rows(write("b", gzip(join(bom, one, two)))));
        assertEquals(both, rows(write("c.txt", join(gzip(one), gzip(two)))));
        assertEquals(both, rows(write("d", join(gzip(one), gzip(two), new byte[512]))));
    }

    @Test
    void digestIsThatOfTheFile() throws IOException {
        Path f = write("a.gz", gzip("{}\n".getBytes(StandardCharsets.UTF_8)));
        try (DataReader r = new DataReader(f)) {
            assertThrows(IllegalStateException.class, r::sha256);
            r.next();
            r.next();
            assertEquals(java.util.HexFormat.of().formatHex(digest(Files.readAllBytes(f))), r.sha256());
            assertEquals(r.sha256(), r.sha256());
        }
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return java.security.MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void damagedGzipIsNeverTakenForTheEnd() throws IOException {
        byte[] one = gzip("{\"a\":1}\n".getBytes(StandardCharsets.UTF_8));
        byte[] two = gzip("{\"a\":2}\n".getBytes(StandardCharsets.UTF_8));
        byte[] brokenHeader = two.clone();
        brokenHeader[0] = 0x20;
        says(write("a.gz", join(one, brokenHeader)), "bytes that are not gzip follow");
        says(write("b.gz", Arrays.copyOf(one, one.length - 1)), "end early");
        says(write("c.gz", Arrays.copyOf(one, 12)), "end early");
        byte[] sum = one.clone();
        sum[sum.length - 6] ^= 1;
        says(write("d.gz", sum), "checksum or size");
        says(write("e.gz", gzip(new byte[0])), "is empty");
    }

    @Test
    void invalidUtf8IsRefusedWithItsPlace() throws IOException {
        byte[] good = "{\"a\":1}\n{\"a\":\"caf".getBytes(StandardCharsets.UTF_8);
        byte[] end = "\"}\n".getBytes(StandardCharsets.UTF_8);
        says(write("latin1.jsonl", join(good, new byte[] {(byte) 0xe9}, end)), "latin1.jsonl:2: invalid UTF-8 at line 2, byte 10 of the line (0xE9)");
        says(write("overlong.jsonl", join(good, new byte[] {(byte) 0xc0, (byte) 0xaf}, end)), "invalid UTF-8", "0xC0");
        says(write("surrogate.jsonl", join(good, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, end)), "invalid UTF-8", "0xED");
        says(write("cut.jsonl", join(good, new byte[] {(byte) 0xe2, (byte) 0x82}, end)), "invalid UTF-8");
        says(write("array.json", join("[{\"a\":\n\"".getBytes(StandardCharsets.UTF_8), new byte[] {(byte) 0xff}, "\"}]".getBytes(StandardCharsets.UTF_8))),
                "array.json, element 1 (line 1): invalid UTF-8 at line 2, byte 2");
        assertEquals(List.of("1{\"a\":\"\uFFFD\uD83D\uDE00\"}"), rows(write("ok.jsonl", "{\"a\":\"\uFFFD\uD83D\uDE00\"}")));
    }

    @Test
    void everyFaultHasItsPlace() throws IOException {
        says(dir.resolve("none.jsonl"), "No data file at", "none.jsonl");
        says(dir, "is a directory");
        says(write("a", ""), "is empty");
        says(write("b", "\n \n"), "blank lines only");
        says(write("c", "[]"), "empty JSON array");
        says(write("d", "[ \n"), "a JSON object ('{') as element 1 was expected in the JSON array, found the end of the file");
        says(write("e.jsonl", "{\"a\":1}\n{\"a\":}\n"), "e.jsonl:2, column 6: not valid JSON");
        says(write("f.jsonl", "{\"a\":1}\n{\"a\":1} {\"a\":2}\n"), "f.jsonl:2", "not valid JSON");
        says(write("g.jsonl", "{\"a\":1,\"a\":2}\n"), "g.jsonl:1", "Duplicate");
        says(write("h.jsonl", "{\"a\":{\"b\":1,\"b\":2}}\n"), "Duplicate");
        says(write("i.jsonl", "{\n \"a\": 1\n}\n"), "i.jsonl:1", "one complete object per line");
        says(write("j.jsonl", "5\n"), "a row must be a JSON object", "found the number 5");
        says(write("k.json", "[{\"a\":1},]"), "k.json, line 1", "as element 2 was expected", "found ']'");
        says(write("l.json", "[{\"a\":1}\n{\"a\":2}]"), "l.json, line 2", "',' or ']' after element 1", "found '{'");
        says(write("m.json", "[{\"a\":1},{\"a\":"), "element 2 (line 1): the file ends inside this element");
        says(write("n.json", "[{\"a\":1}"), "',' or ']' after element 1", "found the end of the file");
        says(write("o.json", "[{\"a\":1}] x"), "the end of the file after the array's closing ']'", "found 'x'");
        says(write("p.json", "[{\"a\":1]]"), "element 1", "not valid JSON");
        says(write("q.json", "[[1]]"), "a JSON object ('{') as element 1");
        says(write("r.jsonl", "{\"a\":NaN}"), "not valid JSON");
        says(write("s.jsonl", "{\"a\":1,}"), "not valid JSON");
        says(write("t.jsonl", "{'a':1}"), "not valid JSON");
        says(write("u.jsonl", "{\"a\":\"x\ty\"}"), "not valid JSON");
        says(write("v.parquet", "PAR1xxxx"), "a Parquet file");
        says(write("w", "{\"a\":1}".getBytes(StandardCharsets.UTF_16)), "UTF-16");
        says(write("x.jsonl", "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}"), "x.jsonl:1", "nesting depth");
        says(write("y.jsonl", "\u0000{}"), "not valid JSON");
        says(write("z.jsonl", "{\"a\":" + "9".repeat(5000) + "}"), "z.jsonl:1");
    }

    @Test
    void rowsAreBounded() throws IOException {
        Path lines = write("a.jsonl", "{\"a\":1}\n{\"a\":\"" + "x".repeat(100) + "\"}\n");
        assertEquals(2, rows(lines, 108).size());
        String m = assertThrows(DataException.class, () -> rows(lines, 107)).getMessage();
        assertTrue(m.contains("a.jsonl:2: this row is longer than 107 bytes") && m.contains("line ends"), m);
        Path array = write("a.json", "[{\"a\":\"" + "x".repeat(100) + "}]");
        m = assertThrows(DataException.class, () -> rows(array, 50)).getMessage();
        assertTrue(m.contains("element 1 (line 1): this row is longer than 50 bytes") && m.contains("quote or bracket"), m);
    }
}
