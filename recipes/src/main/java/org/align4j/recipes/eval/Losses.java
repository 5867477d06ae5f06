package org.align4j.recipes.eval;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.TaskKind;
import org.align4j.core.text.Continued;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.run.Encoders;
import org.align4j.recipes.run.StageData;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/**
 * Loss = −Σ log p ÷ Σ tokens over the responses of held-out rows, the end token counted; perplexity = e^loss; bits per byte = −Σ log₂ p ÷ Σ UTF-8 bytes of the text.
 * Where a row is running text, its first token is given and all others count.
 */
record Losses(EvalSpec.Loss spec) implements EvalWork {

    @Override
    public String look(Subject subject) {
        List<Group> groups = groups(spec.data(), TaskKind.DEMONSTRATION, subject);
        return String.format(java.util.Locale.ROOT, "%,d texts of %,d tokens", groups.size(), groups.stream().mapToLong(Group::tokensUnshared).sum());
    }

    @Override
    public List<Item> measure(Subject subject) {
        List<Group> groups = groups(spec.data(), TaskKind.DEMONSTRATION, subject);
        double[][] sums = Likelihoods.sums(subject, groups);
        boolean text = subject.encoder() instanceof ModelTextEncoder;
        List<Item> items = new ArrayList<>();
        Ids ids = new Ids();
        for (int g = 0; g < groups.size(); g++) {
            Group group = groups.get(g);
            int[] response = group.responses().get(0).ids();
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("nll", -sums[g][0]);
            values.put("tokens", (double) response.length);
            if (text) {
                String said = new Continued(subject.encoder(), group.prompt(), List.of()).whole(response);
                values.put("bytes", (double) said.getBytes(StandardCharsets.UTF_8).length);
                values.put("characters", (double) said.codePointCount(0, said.length()));
            }
            items.add(new Item(ids.of(group.at()), group.at().toString(), values, Map.of()));
        }
        return items;
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        Ratio loss = Ratio.of("loss", "nll", "tokens", false);
        double bits = 1 / Math.log(2);
        return List.of(loss, loss.scaled("perplexity", Math::exp, Math::exp),
                Ratio.of("", "nll", "bytes", false).scaled("bits_per_byte", v -> v * bits, v -> bits),
                Ratio.of("", "nll", "characters", false).scaled("bits_per_character", v -> v * bits, v -> bits));
    }

    /** The groups of a source, as the model's tokens. */
    static List<Group> groups(DataSource source, TaskKind task, Subject subject) {
        DataSettings settings = StageData.settings(task, source, subject.session());
        List<Group> all = new ArrayList<>();
        for (Path file : source.path()) {
            Dataset data = new DataLoader(settings).load(file, Encoders.orIds(subject.session(), file));
            subject.reports().put(file, data.report());
            all.addAll(data.groups());
        }
        return source.limit().map(n -> StageData.firstRows(all, n)).orElse(all);
    }

    /** Ids by file name and row, numbered where a row gives several items. */
    static final class Ids {
        private final Map<String, Integer> seen = new HashMap<>();

        String of(Location at) {
            return of(Path.of(at.file()).getFileName() + ":" + at.row());
        }

        String of(String id) {
            int n = seen.merge(id, 1, Integer::sum);
            return n == 1 ? id : id + "#" + n;
        }
    }
}
