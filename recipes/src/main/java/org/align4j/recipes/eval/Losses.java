package org.align4j.recipes.eval;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
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
        List<Group> groups = groups(read(spec.data(), TaskKind.DEMONSTRATION, subject));
        return String.format(java.util.Locale.ROOT, "%,d texts of %,d tokens", groups.size(), groups.stream().mapToLong(Group::tokensUnshared).sum());
    }

    @Override
    public List<Item> measure(Subject subject) {
        List<Read> rows = read(spec.data(), TaskKind.DEMONSTRATION, subject);
        List<Group> groups = groups(rows);
        double[][] sums = Likelihoods.sums(subject, groups);
        boolean text = subject.encoder() instanceof ModelTextEncoder;
        List<Item> items = new ArrayList<>();
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
            items.add(new Item(rows.get(g).id(), rows.get(g).key(), values, Map.of()));
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

    static List<Group> groups(List<Read> rows) {
        return rows.stream().map(Read::group).toList();
    }

    /** A row, or a part of it, as the model's tokens; id and group are the same for every model. */
    record Read(Group group, String id, String key) {}

    /** The groups of a source, as the model's tokens. */
    static List<Read> read(DataSource source, TaskKind task, Subject subject) {
        DataSettings settings = StageData.settings(task, source, subject.session());
        List<Read> all = new ArrayList<>();
        for (Path file : source.path()) {
            DataLoader loader = new DataLoader(settings);
            // A part that is too long for one model alone must not renumber the parts after it.
            Map<Location, List<TextGroup>> parts = loader.read(file).groups().stream().collect(Collectors.groupingBy(TextGroup::at));
            Map<Location, boolean[]> taken = new HashMap<>();
            Dataset data = loader.load(file, Encoders.orIds(subject.session(), file), (text, group) -> {
                List<TextGroup> row = parts.get(text.at());
                int part = next(row, taken.computeIfAbsent(text.at(), at -> new boolean[row.size()]), text);
                all.add(new Read(group, Ids.at(text.at()) + (part == 0 ? "" : "#" + (part + 1)), key(row.get(0))));
            });
            subject.reports().put(file, data.report());
        }
        List<Group> kept = all.stream().map(Read::group).toList();
        return source.limit().map(n -> all.subList(0, StageData.firstRows(kept, n).size())).orElse(all);
    }

    private static int next(List<TextGroup> row, boolean[] taken, TextGroup text) {
        for (int i = 0; i < taken.length; i++) {
            if (!taken[i] && content(row.get(i)).equals(content(text))) {
                taken[i] = true;
                return i;
            }
        }
        throw new IllegalStateException(text.at() + ": a part that was not there before");
    }

    /** By content, as token ids are arrays. */
    private static List<PromptKey> content(TextGroup g) {
        List<PromptKey> all = new ArrayList<>(List.of(PromptKey.of(g.prompt())));
        g.responses().forEach(r -> all.add(PromptKey.of(r.text())));
        return all;
    }

    /** Rows with the same prompt are not independent, nor is the same text; the parts of a row have the key of its first one. */
    private static String key(TextGroup first) {
        boolean running = first.prompt() instanceof Text.Plain p && p.text().isBlank();
        return key(running && !first.responses().isEmpty() ? first.responses().get(0).text() : first.prompt());
    }

    /** Identity of a prompt, the same for every model. */
    static String key(Text prompt) {
        return PromptKey.of(prompt).toString().substring(0, 16);
    }

    /** Ids by file and row, numbered where a row gives several items. */
    static final class Ids {
        private final Map<String, Integer> seen = new HashMap<>();

        String of(Location at) {
            return of(at(at));
        }

        String of(String id) {
            int n = seen.merge(id, 1, Integer::sum);
            return n == 1 ? id : id + "#" + n;
        }

        static String at(Location at) {
            return Path.of(at.file()).toAbsolutePath().normalize() + ":" + at.row();
        }
    }
}
