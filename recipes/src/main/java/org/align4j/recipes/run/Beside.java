package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.data.Group;
import org.align4j.core.io.Digests;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.model.Soup;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Position;
import org.align4j.recipes.recipe.Distill;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.ReferenceSpec;

/** What a stage reads beside the model it trains: a teacher, the models of a soup, the adapter it goes on with. */
public final class Beside {
    private Beside() {}

    /** Refuses what does not fit the model, so that a run does not stop at its third stage for it. */
    static void require(StagePlan plan, ModelSession session) {
        ModelConfig config = session.config();
        requirePositions(plan, config, "the model");
        if (plan.stage() instanceof Distill d) {
            ModelConfig teacher = ModelConfig.read(d.teacher());
            if (teacher.vocabSize() != config.vocabSize()) {
                throw new UserException("The teacher in " + d.teacher() + " has a vocabulary of " + teacher.vocabSize() + ", the model one of " + config.vocabSize()
                        + ". Distillation needs the same tokens; choose a teacher with the model's tokenizer.");
            }
            requirePositions(plan, teacher, "the teacher in " + d.teacher());
        }
        if (plan.stage().reference().orElse(null) instanceof ReferenceSpec.Soup soup) {
            Soup.requireAlike(config, soup.models());
        }
        if (plan.adapter() != null) {
            plan.adapter().spec().init().ifPresent(init -> PeftFiles.read(init, config, session.backend(), false).close());
        }
    }

    private static void requirePositions(StagePlan plan, ModelConfig config, String whose) {
        int longest = Stream.concat(plan.data().train().stream(), plan.data().heldOut().stream()).mapToInt(Beside::positions).max().orElse(0);
        if (config.position() == Position.LEARNED && longest > config.maxPositions()) {
            throw new UserException("The data of the stage " + plan.name() + " takes " + longest + " positions, more than the " + config.maxPositions() + " of " + whose
                    + ". Set max_length to at most that, and on_overflow.");
        }
    }

    /** The last token of a response is predicted and takes no position. */
    private static int positions(Group g) {
        return g.prompt().length + g.responses().stream().mapToInt(r -> Math.max(0, r.ids().length - 1)).max().orElse(0);
    }

    /** SHA-256 of the weights by directory, of an adapter by file. */
    static Map<String, String> digests(LossStage stage) {
        Map<String, String> m = new LinkedHashMap<>();
        if (stage instanceof Distill d) {
            m.put(d.teacher().toString(), weights(d.teacher()));
        }
        if (stage.reference().orElse(null) instanceof ReferenceSpec.Soup soup) {
            soup.models().forEach(dir -> m.put(dir.toString(), weights(dir)));
        }
        stage.training().adapter().flatMap(a -> a.init()).map(dir -> dir.resolve(PeftFiles.WEIGHTS)).ifPresent(file -> m.put(file.toString(), Digests.sha256(file)));
        return m;
    }

    /** SHA-256 of the weights of a model directory. */
    public static String weights(Path directory) {
        try (ModelWeights weights = ModelWeights.open(directory)) {
            return weights.digest();
        }
    }
}
