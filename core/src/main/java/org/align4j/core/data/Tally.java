package org.align4j.core.data;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.internal.Shapes;

/** What happens to the rows of one file, counted while it is read. */
final class Tally {
    static final int EXAMPLES = 5;

    private final Map<DropReason, DataReport.Dropped> dropped = new EnumMap<>(DropReason.class);
    private final Map<DropReason, Long> removed = new EnumMap<>(DropReason.class);
    private final Lengths prompts = new Lengths();
    private final Lengths responses = new Lengths();
    private final Lengths lists = new Lengths();
    private final List<Location> truncatedAt = new ArrayList<>();
    private final List<Location> duplicatesAt = new ArrayList<>();
    private long kept;
    private long identical;
    private long duplicates;
    private long ties;
    private long ungraded;
    private long listCount;
    private long pairsMade;
    private long labelsMade;
    private long truncatedPrompts;
    private long truncatedResponses;
    private long endKept;
    private long endLost;
    private long endAbsent;
    private long tokens;
    private long tokensUnshared;

    void drop(DropReason reason, Location at) {
        DataReport.Dropped d = dropped.getOrDefault(reason, new DataReport.Dropped(0, List.of()));
        List<Location> first = d.first();
        if (first.size() < EXAMPLES) {
            first = new ArrayList<>(first);
            first.add(at);
        }
        dropped.put(reason, new DataReport.Dropped(d.count() + 1, first));
    }

    /** The first reason for which a group was left out, in words. */
    String firstReason() {
        return dropped.keySet().iterator().next().words();
    }

    /** A response taken out of a list. */
    void removed(DropReason reason) {
        removed.merge(reason, 1L, Long::sum);
    }

    void identical() {
        identical++;
    }

    void duplicate(Location at) {
        duplicates++;
        if (duplicatesAt.size() < EXAMPLES) {
            duplicatesAt.add(at);
        }
    }

    void ties(int n) {
        ties += n;
    }

    /** A pair whose row does not say how much better the chosen response is. */
    void ungraded() {
        ungraded++;
    }

    /** A list of so many scored responses. */
    void list(int size) {
        listCount++;
        lists.add(size);
    }

    /** A pair made of a list. */
    void pairMade() {
        pairsMade++;
    }

    /** A labelled response made of a pair. */
    void labelMade() {
        labelsMade++;
    }

    void truncated(Location at, int prompt, int responseCount, int endTokens) {
        truncatedPrompts += prompt;
        truncatedResponses += responseCount;
        endLost += endTokens;
        if (truncatedAt.size() < EXAMPLES) {
            truncatedAt.add(at);
        }
    }

    void keptText() {
        kept++;
    }

    void keptPrompt(int[] prompt) {
        kept++;
        prompts.add(prompt.length);
        tokens += prompt.length;
        tokensUnshared += prompt.length;
    }

    void keptGroup(Group g) {
        kept++;
        prompts.add(g.prompt().length);
        tokens += g.tokens();
        tokensUnshared += g.tokensUnshared();
        for (Group.Response r : g.responses()) {
            responses.add(r.ids().length);
            if (r.ended()) {
                endKept++;
            } else {
                endAbsent++;
            }
        }
    }

    long kept() {
        return kept;
    }

    DataReport report(DataReader reader, DataSettings settings, Shapes shapes) {
        return new DataReport(reader.file(), reader.sha256(), shapes.format(), reader.isArray(), settings.task(), reader.rows(), reader.blankLines(), List.copyOf(shapes.unused()), kept,
                dropped, removed, duplicates, duplicatesAt, identical, ties, ungraded, listCount, lists.quantiles(), pairsMade, labelsMade, truncatedPrompts, truncatedResponses, truncatedAt,
                endKept, endLost, endAbsent - endLost, tokens, tokensUnshared, prompts.quantiles(), responses.quantiles());
    }
}
