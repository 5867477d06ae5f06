package org.align4j.recipes.quickstart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.report.ReportData;
import org.align4j.recipes.report.ReportWriter;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;

/** One report of both runs and of the exams. */
final class QuickstartReport {
    private static final int SAMPLES = 16;

    private QuickstartReport() {}

    static void write(QuickstartFiles files, List<Problem> test, List<Exam> exams, String summary) {
        ReportData sft = ReportData.of(new RunFiles(files.run(QuickstartRecipes.SFT)));
        ReportData dpo = ReportData.of(new RunFiles(files.run(QuickstartRecipes.DPO)));
        List<RunResults.Stage> stages = new ArrayList<>(sft.results().stages());
        dpo.results().stages().forEach(s -> stages.add(new RunResults.Stage(third(s.name()), s.kind(), s.steps(), s.tokens(), s.seconds())));
        List<RunResults.Result> table = new ArrayList<>(Exam.table(exams));
        List<String> warnings = new ArrayList<>(sft.results().warnings());
        RunResults results = new RunResults("Quickstart", summary, stages, table, samples(test, exams), warnings);
        results.write(files.results());
        List<MetricsLog.Line> metrics = new ArrayList<>(sft.metrics());
        dpo.metrics().forEach(l -> metrics.add(new MetricsLog.Line(third(l.stage()), l.step(), l.values())));
        Map<String, Object> data = new LinkedHashMap<>(sft.dataReport());
        dpo.dataReport().forEach((name, report) -> data.put(third(name), report));
        ReportWriter.write(new ReportData(results, metrics, data, sft.settings() + "---\n" + dpo.settings(), dpo.provenance()), files.report());
    }

    /** The only stage of the second run is the third of all. */
    private static String third(String name) {
        return name.replaceFirst("^1-", "3-");
    }

    private static List<RunResults.Sample> samples(List<Problem> test, List<Exam> exams) {
        List<RunResults.Sample> list = new ArrayList<>();
        for (int i = 0; i < Math.min(SAMPLES, test.size()); i++) {
            Map<String, String> outputs = new LinkedHashMap<>();
            for (Exam e : exams) {
                outputs.put(e.model(), e.attempts().get(i).text());
            }
            list.add(new RunResults.Sample(test.get(i).prompt(), test.get(i).solution(), outputs));
        }
        return list;
    }

    /** How a path is shown: from here where that is shorter. */
    static String shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) ? here.relativize(path).toString() : path.toString();
    }
}
