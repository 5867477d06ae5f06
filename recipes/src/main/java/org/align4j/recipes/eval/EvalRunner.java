package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.align4j.core.data.DataReport;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.run.Beside;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.SampleProgress;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/** Does what a suite says: one model after the other is loaded, then what compares them is done. What is on disk is found again. */
public final class EvalRunner {
    private final EvalSuite suite;
    private final ProgressBar progress;
    private final BooleanSupplier stop;
    private final Path cache;
    private final Map<Path, DataReport> reports = new LinkedHashMap<>();
    private final Map<String, EvalResult.Model> models = new LinkedHashMap<>();

    /**
     * @param progress shows how far it is
     * @param stop     asked between shards; what is finished stays, and the next run goes on from there
     */
    public EvalRunner(EvalSuite suite, ProgressBar progress, BooleanSupplier stop) {
        this.suite = suite;
        this.progress = progress;
        this.stop = stop;
        this.cache = suite.output().resolve("cache");
    }

    /**
     * Measures all and writes the items; the caller writes what it wants of the result.
     *
     * @throws org.align4j.rewardmodels.sampling.SamplingStopped when a stop was asked for
     */
    public EvalResult run() {
        Earlier.require(suite);
        AtomicFiles.createDirectories(suite.output());
        List<EvalWork> works = suite.evaluations().stream().map(e -> Evaluations.work(e, suite.baseline().orElse(null))).toList();
        List<Map<String, List<Item>>> items = new ArrayList<>();
        works.forEach(w -> items.add(new LinkedHashMap<>()));
        suite.models().forEach((name, model) -> measure(name, model, works, items));
        again(works);
        Bootstrap bootstrap = new Bootstrap(suite.bootstrapDraws(), suite.seed());
        List<EvalResult.Evaluated> evaluated = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            String name = suite.names().get(i);
            Map<String, List<Item>> completed = works.get(i).complete(items.get(i), new Completion(suite.baseline().orElse(null), cache, listener(name)));
            evaluated.add(evaluated(name, suite.evaluations().get(i), works.get(i), completed, bootstrap));
        }
        progress.endStage();
        return new EvalResult(suite, models, reports, evaluated);
    }

    /** Reads configurations, tokenizers and data, and says what {@link #run} would do; no weights are loaded and nothing is written. */
    public void plan() {
        Earlier.require(suite);
        for (int i = 0; i < suite.evaluations().size(); i++) {
            EvalSpec spec = suite.evaluations().get(i);
            progress.message(String.format(java.util.Locale.ROOT, "evaluation  %-16s %s", suite.names().get(i), spec.words()));
            if (!spec.needsModels()) {
                progress.message(String.format(java.util.Locale.ROOT, "            %-16s %s", "", Evaluations.work(spec, null).look(null)));
            }
        }
        suite.models().forEach((name, model) -> {
            try (ModelSession session = model.open()) {
                session.warnings().forEach(progress::message);
                progress.message(String.format(java.util.Locale.ROOT, "model       %-16s %,d parameters, %s%s", name, session.config().parameterCount(), session.backendReason(),
                        suite.baseline().filter(name::equals).isPresent() && suite.models().size() > 1 ? "; the others are compared with it" : ""));
                for (int i = 0; i < suite.evaluations().size(); i++) {
                    if (suite.evaluations().get(i).needsModels()) {
                        EvalWork work = Evaluations.work(suite.evaluations().get(i), suite.baseline().orElse(null));
                        String much = work.look(new Subject(name, model.tokens(), session, suite.seed(), cache, listener(name)));
                        progress.message(String.format(java.util.Locale.ROOT, "            %-16s %s", suite.names().get(i), much));
                    }
                }
            }
        });
    }

    private SampleProgress listener(String name) {
        return new SampleProgress(name, progress, stop);
    }

    private void measure(String name, EvalModel model, List<EvalWork> works, List<Map<String, List<Item>>> items) {
        if (suite.evaluations().stream().noneMatch(EvalSpec::needsModels)) {
            return;
        }
        try (ModelSession session = model.open()) {
            session.warnings().forEach(progress::message);
            model.load(session);
            models.put(name, facts(model, session));
            for (int i = 0; i < works.size(); i++) {
                if (suite.evaluations().get(i).needsModels()) {
                    Subject subject = new Subject(name, model.tokens(), session, suite.seed(), cache, listener(name + " " + suite.names().get(i)));
                    items.get(i).put(name, works.get(i).measure(subject));
                    reports.putAll(subject.reports());
                }
            }
        }
    }

    /** Once more the models that comparisons want, now that all are measured. */
    private void again(List<EvalWork> works) {
        for (Map.Entry<String, EvalModel> m : suite.models().entrySet()) {
            List<EvalWork> wanting = works.stream().filter(w -> m.getKey().equals(w.again())).toList();
            if (!wanting.isEmpty()) {
                try (ModelSession session = m.getValue().open()) {
                    m.getValue().load(session);
                    wanting.forEach(w -> w.again(new Subject(m.getKey(), m.getValue().tokens(), session, suite.seed(), cache, listener(m.getKey()))));
                }
            }
        }
    }

    private static EvalResult.Model facts(EvalModel model, ModelSession session) {
        Optional<String> adapter = model.adapter().map(a -> org.align4j.core.io.Digests.sha256(a.resolve(org.align4j.core.adapter.PeftFiles.WEIGHTS)));
        String tokenizer = session.encoder() instanceof ModelTextEncoder t ? t.digest() : "none";
        return new EvalResult.Model(model.path(), Beside.weights(model.path()), model.adapter(), adapter, tokenizer, model.tokens(),
                session.backend().name() + " " + session.backend().precision().name().toLowerCase(java.util.Locale.ROOT), session.config().parameterCount());
    }

    private EvalResult.Evaluated evaluated(String name, EvalSpec spec, EvalWork work, Map<String, List<Item>> items, Bootstrap bootstrap) {
        List<Estimator> estimators = work.estimators(bootstrap);
        Map<String, List<Figure>> figures = new LinkedHashMap<>();
        Map<String, List<Change>> changes = new LinkedHashMap<>();
        Map<String, Map<String, Object>> details = new LinkedHashMap<>();
        Map<String, List<String>> remarks = new LinkedHashMap<>();
        items.forEach((model, own) -> {
            figures.put(model, new ArrayList<>(Estimator.figures(estimators, own)));
            estimators.stream().filter(e -> !own.isEmpty()).forEach(e -> {
                e.remarks(own).forEach(r -> remarks.computeIfAbsent(r, k -> new ArrayList<>()).add(model));
                if (!e.details(own).isEmpty()) {
                    details.computeIfAbsent(model, k -> new LinkedHashMap<>()).put(e.name(), e.details(own));
                }
            });
        });
        Optional<String> from = work.from(items, suite.baseline().orElse(null));
        List<String> notes = new ArrayList<>();
        remarks.forEach((remark, of) -> notes.add(of.size() == items.size() || of.size() > 1 && remarks.size() == 1 ? remark : String.join(", ", of) + ": " + remark));
        from.ifPresent(b -> items.forEach((model, own) -> {
            if (!model.equals(b)) {
                boolean same = models.get(b) == null || models.get(model) == null || models.get(b).tokens().equals(models.get(model).tokens());
                Estimator.Pairs pairs = Estimator.Pairs.of(items.get(b), own);
                if (pairs.without() > 0 && !own.isEmpty() && !items.get(b).isEmpty()) {
                    notes.add(pairs.without() + " items that only one of " + b + " and " + model + " has are left out of changes");
                }
                if (!same && estimators.stream().anyMatch(e -> e.countsTokens() && e.applies(own))) {
                    notes.add(b + " and " + model + " have different tokens, so what is counted by tokens has no change");
                }
                changes.put(model, Estimator.changes(estimators.stream().filter(e -> same || !e.countsTokens()).toList(), items.get(b), own));
                work.right().flatMap(right -> Forgotten.of(right, pairs)).ifPresent(figures.get(model)::add);
            }
        }));
        return new EvalResult.Evaluated(name, spec, items, figures, changes, from, work.ranking(items, bootstrap), notes, details);
    }
}
