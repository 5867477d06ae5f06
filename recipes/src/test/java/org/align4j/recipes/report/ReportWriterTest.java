package org.align4j.recipes.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.Provenance;
import org.align4j.recipes.rundir.RunDirectory;
import org.align4j.recipes.rundir.RunResults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportWriterTest {
    @TempDir
    Path tmp;

    @Test
    void theSampleIsWellFormedAndComplete() throws Exception {
        String html = ReportWriter.html(SampleRun.data());
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target", "report-sample.html"), html);
        Document d = parse(html);
        assertEquals("quickstart <arithmetic> & more", d.getElementsByTagName("h1").item(0).getTextContent());
        Set<String> ids = new HashSet<>();
        for (Element e : all(d, "section")) {
            ids.add(e.getAttribute("id"));
        }
        assertEquals(Set.of("warnings", "results", "stages", "curves", "samples", "data", "settings", "provenance"), ids);
        for (Element a : all(d, "a")) {
            assertTrue(ids.contains(a.getAttribute("href").substring(1)), a.getAttribute("href"));
        }
        String text = d.getDocumentElement().getTextContent();
        assertTrue(text.contains("41.2 ± 1.6 %") && text.contains("+14.9 points"), "final table");
        assertTrue(text.contains("0.812 ± 0.011"), "standard errors decide the decimals");
        assertTrue(text.contains("both fell during this stage"), "note on log-probabilities");
        assertTrue(text.contains("1 value is not a finite number"), "skipped values are said");
        assertTrue(text.contains("identical responses"), "data report");
        assertTrue(text.contains("9f86d081884c7d65"), "digest");
    }

    @Test
    void nothingFromOutsideIsTakenForMarkup() throws Exception {
        String html = ReportWriter.html(SampleRun.data());
        Document d = parse(html);
        assertEquals(0, d.getElementsByTagName("script").getLength());
        assertEquals(0, d.getElementsByTagName("i").getLength() - legendMarks(d), "markup in a file name");
        boolean seen = false;
        for (Element e : all(d, "pre")) {
            seen |= e.getTextContent().equals(SampleRun.HOSTILE.replace('\u0000', '\uFFFD').replace('\u001b', '\uFFFD'));
        }
        assertTrue(seen, "the hostile prompt is shown as it is");
        assertFalse(html.contains("http://") && html.replace("http://www.w3.org/1999/xhtml", "").contains("http"), "no outside resource");
    }

    @Test
    void coordinatesAreFiniteAndInTheBox() throws Exception {
        Document d = parse(ReportWriter.html(SampleRun.data()));
        int points = 0;
        for (Element e : all(d, "path")) {
            for (String n : e.getAttribute("d").split("[ML ]")) {
                if (!n.isEmpty()) {
                    double v = Double.parseDouble(n);
                    assertTrue(v >= 0 && v <= 520, n);
                    points++;
                }
            }
            assertTrue(e.getAttribute("d").length() < 12_000, "many points are thinned out");
        }
        assertTrue(points > 2000, "points drawn: " + points);
        for (Element e : all(d, "rect")) {
            assertTrue(Double.parseDouble(e.getAttribute("height")) >= 0);
        }
        assertEquals(3, all(d, "svg").stream().filter(s -> s.getElementsByTagName("rect").getLength() == 8).count(), "histograms");
    }

    @Test
    void anEmptyRunHasAReportToo() throws Exception {
        ReportData data = new ReportData(new RunResults(null, null, null, null, null, null), List.of(), Map.of(), "", Map.of());
        Document d = parse(ReportWriter.html(data));
        assertEquals(0, d.getElementsByTagName("section").getLength());
    }

    @Test
    void oddSeriesDoNoHarm() throws Exception {
        List<MetricsLog.Line> lines = List.of(SampleRun.line("a", 0, "loss", Double.NaN, "x", 1e300), SampleRun.line("a", 0, "loss", Double.POSITIVE_INFINITY, "x", -1e300),
                SampleRun.line("b", 5, "loss", 0.0), SampleRun.line("c", 1, "loss", 1e-320), SampleRun.line("c", 2_000_000_000L, "loss", 1e-320));
        String html = ReportWriter.html(new ReportData(new RunResults("t", "", null, null, null, null), lines, Map.of(), "", Map.of()));
        assertFalse(html.substring(html.indexOf("<main>")).matches("(?s).*(NaN|Infinity).*"));
        assertEquals(3, all(parse(html), "svg").size());
    }

    @Test
    void madeFromTheFilesOfARunAlone() throws Exception {
        try (RunDirectory run = RunDirectory.open(tmp, "name: r\n", false)) {
            run.write(Provenance.collect(List.of("align4j"), "oracle", Map.of("d.jsonl", "abc"), Map.of(), tmp, Instant.EPOCH));
            run.writeDataReport(Map.of("kept", 7));
            try (MetricsLog log = MetricsLog.open(run.files().metrics())) {
                log.append("sft", 1, Map.of("loss", 2.0));
                log.append("sft", 2, Map.of("loss", 1.0));
            }
            ReportWriter.write(run.files());
            assertTrue(Files.readString(run.files().report()).contains("has not finished"));
            run.write(SampleRun.data().results());
            ReportWriter.write(run.files());
            Document d = parse(Files.readString(run.files().report()));
            assertEquals("quickstart <arithmetic> & more", d.getElementsByTagName("h1").item(0).getTextContent());
            assertEquals(1, all(d, "svg").size());
        }
    }

    private static long legendMarks(Document d) {
        return all(d, "i").stream().filter(e -> e.getAttribute("class").startsWith("s")).count();
    }

    private static List<Element> all(Document d, String tag) {
        NodeList nodes = d.getElementsByTagName(tag);
        return java.util.stream.IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
    }

    private static Document parse(String html) throws Exception {
        DocumentBuilder b = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        b.setErrorHandler(null);
        return b.parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
    }
}
