package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.MergeStopped;
import org.align4j.core.merge.ModelMerge;
import org.align4j.core.merge.ModelRef;
import org.align4j.core.model.Soup;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.AdapterSpec;
import org.align4j.recipes.recipe.Merge;
import org.align4j.recipes.recipe.MergeKind;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.StageList;
import org.align4j.recipes.rundir.RunFiles;

/** Merges the model as it stands with those of earlier stages and others, from files to a file, in float32. */
final class MergeWork implements StageWork {
    private final Recipe recipe;
    private final Merge stage;
    private final int index;

    MergeWork(Recipe recipe, Merge stage, int index, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.index = index;
        Soup.requireAlike(session.config(), directories());
    }

    private List<Path> directories() {
        List<Path> all = new ArrayList<>(stage.models().orElse(List.of()));
        stage.baseModel().ifPresent(all::add);
        return all;
    }

    @Override
    public String describe() {
        List<String> others = new ArrayList<>(stage.with().orElse(List.of()));
        stage.models().ifPresent(m -> m.forEach(p -> others.add(p.toString())));
        return String.format(Locale.ROOT, "%-12s merges the model as it stands%s by %s%s: %s", Planned.name(index, stage), others.isEmpty() ? "" : " with " + String.join(", ", others),
                stage.method().name().toLowerCase(Locale.ROOT), stage.base().or(() -> stage.baseModel().map(Path::toString)).map(b -> " from " + b).orElse(""),
                ModelMerge.settings(plan(new RunFiles(recipe.output()))));
    }

    @Override
    public Map<String, String> models() {
        Map<String, String> m = new LinkedHashMap<>();
        directories().forEach(dir -> m.put(dir.toString(), Beside.weights(dir)));
        return m;
    }

    private MergePlan plan(RunFiles files) {
        List<ModelRef> models = new ArrayList<>();
        ModelRef current = left(recipe.list().trainedBefore(index), files);
        boolean transfer = stage.method() == MergeKind.TRANSFER;
        if (!transfer) {
            models.add(current);
        }
        stage.with().ifPresent(names -> names.forEach(n -> models.add(named(n, files))));
        stage.models().ifPresent(dirs -> dirs.forEach(d -> models.add(ModelRef.of(d))));
        Optional<ModelRef> base = stage.base().map(n -> named(n, files)).or(() -> stage.baseModel().map(ModelRef::of));
        return new MergePlan(stage.method(recipe.seed() + index), models, base, transfer ? Optional.of(current) : Optional.empty(), Optional.of(DType.F32), Optional.empty());
    }

    private ModelRef named(String name, RunFiles files) {
        StageList list = recipe.list();
        int i = 0;
        while (!name.equals(Merge.START) && !name.equals(Planned.name(i, list.get(i)))) {
            i++;
        }
        return left(name.equals(Merge.START) ? -1 : i, files);
    }

    /** What a stage left, with an adapter that was kept on the model below it; −1 for the model of the recipe. */
    private ModelRef left(int i, RunFiles files) {
        StageList list = recipe.list();
        if (i < 0) {
            return ModelRef.of(recipe.model().path().orElseThrow());
        }
        Path directory = files.stages().resolve(Planned.name(i, list.get(i)));
        if (list.get(i).adapter().filter(AdapterSpec::kept).isEmpty()) {
            return ModelRef.of(directory);
        }
        int b = i;
        while (b >= 0 && (!list.get(b).trains() || list.get(b).adapter().filter(AdapterSpec::kept).isPresent())) {
            b--;
        }
        return new ModelRef(left(b, files).directory(), Optional.of(directory));
    }

    @Override
    public Finished run(StageRun run) {
        run.progress().message(describe());
        Path merged = run.work().resolve("merged");
        AtomicFiles.deleteTree(merged); // of a run killed here
        try (ModelMerge merge = ModelMerge.open(plan(run.files()))) {
            merge.notCompared().forEach(what -> run.progress().message("Not compared: " + what));
            merge.write(merged, MergeModels.listener(run.name(), run.progress(), run.stop()), ModelMerge.NONE);
        } catch (MergeStopped e) {
            throw new Trainer.Stopped(run.firstStep(), Optional.empty());
        } finally {
            run.progress().endStage();
        }
        run.session().reload(merged);
        AtomicFiles.deleteDirectory(merged);
        return Finished.updates(run.name(), stage.kind(), 0, 0);
    }
}
