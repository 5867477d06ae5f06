package org.align4j.recipes.study;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.data.Group;
import org.align4j.core.io.Digests;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.recipe.Training;
import org.align4j.recipes.run.Budgets;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.StageData;

/** Rows that budgets choose from. Read once for every way to read them, split anew for every seed. */
final class Pools {
    private final Recipe recipe;
    private final ModelSession session;
    private final Map<String, List<Group>> rows = new HashMap<>();
    private final Map<String, List<Group>> split = new HashMap<>();

    Pools(Recipe recipe, ModelSession session) {
        this.recipe = recipe;
        this.session = session;
    }

    /** A stage that learns from rows that a budget pays for: of a kind, with these settings. */
    record Paid(Stage stage, DataKind data, Training training) {
        String kind() {
            return stage.kind();
        }

        private static Stream<Paid> of(Stage stage) {
            if (stage instanceof Reward r) {
                return Stream.of(new Paid(r, DataKind.COMPARISONS, r.training()));
            }
            return stage instanceof LossStage l && l.data() != DataKind.TEXT ? Stream.of(new Paid(l, l.data(), l.training())) : Stream.empty();
        }
    }

    /** The first of the stages that a budget pays for. */
    static Optional<Paid> paid(List<Stage> stages) {
        return stages.stream().flatMap(Paid::of).findFirst();
    }

    /** What a budget buys for a stage. */
    Budgets.Bought buy(String who, Paid stage, Budget budget, long seed) {
        List<Group> pool = split.computeIfAbsent(who + " " + seed, k -> {
            DataSource source = stage.data().source(recipe.data()).orElseThrow();
            List<Group> train = StageData.split(rows.computeIfAbsent(who, w -> StageData.rows(recipe, stage.stage(), session)), source, seed).train();
            return StageData.pool(recipe.withSeed(seed), stage.stage(), session, train).groups();
        });
        return Budgets.buy(budget, stage.data().isPreference(), stage.data() == DataKind.LABELS && recipe.data().unpaired().isEmpty(), pool, seed);
    }

    /** SHA-256 of rows as they are trained on. */
    static String digest(List<Group> groups) {
        MessageDigest sha = Digests.newDigest();
        for (Group g : groups) {
            update(sha, g.prompt());
            for (Group.Response r : g.responses()) {
                update(sha, r.ids());
                sha.update((byte) (r.ended() ? 1 : 0));
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    private static void update(MessageDigest sha, int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (ids.length + 1)).putInt(ids.length);
        for (int id : ids) {
            bytes.putInt(id);
        }
        sha.update(bytes.array());
    }
}
