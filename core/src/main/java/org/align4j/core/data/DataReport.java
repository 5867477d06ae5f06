package org.align4j.core.data;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of every row of a data file.
 *
 * @param file               the file as the user named it
 * @param sha256             digest of the file on disk, hex
 * @param format             shape of the rows
 * @param array              one JSON array rather than JSON Lines
 * @param task               what was wanted of the file
 * @param rows               rows read
 * @param blankLines         blank lines skipped
 * @param ignoredColumns     columns of which nothing was read in some row
 * @param kept               groups kept
 * @param dropped            groups left out, by reason
 * @param removedResponses   responses taken out of lists that were kept or dropped, by reason
 * @param duplicates         groups seen before, kept or not
 * @param duplicatesAt       where the first of them are
 * @param identical          pairs with the same chosen and rejected response, and repeated responses of lists
 * @param ties               pairs of responses with equal scores met while pairs or lists were formed
 * @param ungraded           pairs whose rows state neither scores nor a margin, so that every preference counts as equally strong
 * @param lists              lists of scored responses, before pairs were made of them
 * @param listSizes          their lengths
 * @param pairsMade          pairs made of lists
 * @param labelsMade         labelled responses made of pairs: the chosen desirable, the rejected undesirable
 * @param truncatedPrompts   prompts whose beginning was cut
 * @param truncatedResponses responses whose end was cut
 * @param truncatedAt        where the first of them are
 * @param endTokensKept      responses that close with the end token
 * @param endTokensLost      responses that lost it by truncation
 * @param endTokensAbsent    responses that never had one
 * @param tokens             tokens of all kept groups, prompts shared by the responses of a group
 * @param tokensUnshared     the same with the prompt counted once for every response
 * @param promptTokens       lengths of the prompts, one per group
 * @param responseTokens     lengths of the responses
 */
public record DataReport(
        String file, String sha256, DataFormat format, boolean array, TaskKind task, long rows, long blankLines, List<String> ignoredColumns, long kept,
        Map<DropReason, Dropped> dropped, Map<DropReason, Long> removedResponses, long duplicates, List<Location> duplicatesAt, long identical, long ties,
        long ungraded, long lists, Quantiles listSizes, long pairsMade, long labelsMade,
        long truncatedPrompts, long truncatedResponses, List<Location> truncatedAt,
        long endTokensKept, long endTokensLost, long endTokensAbsent, long tokens, long tokensUnshared,
        Quantiles promptTokens, Quantiles responseTokens) {

    /** How many groups a reason took, and where the first of them are. */
    public record Dropped(long count, List<Location> first) {
        public Dropped {
            first = List.copyOf(first);
        }
    }

    /** Length quantiles in tokens, by nearest rank. */
    public record Quantiles(int min, int p5, int p50, int p95, int p99, int max) {
        /** Of nothing. */
        public static final Quantiles NONE = new Quantiles(0, 0, 0, 0, 0, 0);

        Map<String, Object> toMap() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("min", min);
            m.put("p5", p5);
            m.put("p50", p50);
            m.put("p95", p95);
            m.put("p99", p99);
            m.put("max", max);
            return m;
        }
    }

    public DataReport {
        ignoredColumns = List.copyOf(ignoredColumns);
        dropped = Collections.unmodifiableMap(dropped.isEmpty() ? new EnumMap<>(DropReason.class) : new EnumMap<>(dropped));
        removedResponses = Collections.unmodifiableMap(removedResponses.isEmpty() ? new EnumMap<>(DropReason.class) : new EnumMap<>(removedResponses));
        duplicatesAt = List.copyOf(duplicatesAt);
        truncatedAt = List.copyOf(truncatedAt);
    }

    /** Groups left out, all reasons together. */
    public long droppedTotal() {
        return dropped.values().stream().mapToLong(Dropped::count).sum();
    }

    /** The report as plain maps, lists, strings and numbers, ready for JSON. */
    public Map<String, Object> toMap() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("file", file);
        m.put("sha256", sha256);
        m.put("format", format.id());
        m.put("container", array ? "json" : "jsonl");
        m.put("task", task.name().toLowerCase(Locale.ROOT));
        m.put("rows", rows);
        m.put("blank_lines", blankLines);
        m.put("ignored_columns", ignoredColumns);
        m.put("kept", kept);
        m.put("dropped", droppedTotal());
        Map<String, Object> reasons = new LinkedHashMap<>();
        dropped.forEach((reason, d) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("count", d.count());
            one.put("reason", reason.words());
            one.put("first", d.first().stream().map(Location::toString).toList());
            reasons.put(key(reason), one);
        });
        m.put("dropped_by_reason", reasons);
        Map<String, Object> responses = new LinkedHashMap<>();
        removedResponses.forEach((reason, n) -> responses.put(key(reason), n));
        m.put("removed_responses", responses);
        m.put("duplicates", duplicates);
        m.put("duplicates_first", duplicatesAt.stream().map(Location::toString).toList());
        m.put("identical", identical);
        m.put("ties", ties);
        m.put("pairs_without_strength", ungraded);
        m.put("lists", lists);
        m.put("list_sizes", listSizes.toMap());
        m.put("pairs_made_of_lists", pairsMade);
        m.put("labels_made_of_pairs", labelsMade);
        m.put("truncated_prompts", truncatedPrompts);
        m.put("truncated_responses", truncatedResponses);
        m.put("truncated_first", truncatedAt.stream().map(Location::toString).toList());
        m.put("end_tokens_kept", endTokensKept);
        m.put("end_tokens_lost", endTokensLost);
        m.put("end_tokens_absent", endTokensAbsent);
        m.put("tokens", tokens);
        m.put("tokens_unshared", tokensUnshared);
        m.put("prompt_tokens", promptTokens.toMap());
        m.put("response_tokens", responseTokens.toMap());
        return m;
    }

    private static String key(DropReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    /** A short table for a terminal. */
    public String toText() {
        StringBuilder s = new StringBuilder();
        s.append(String.format("%s  (%s, %s, sha256 %.12s…)%n", file, format.id(), array ? "JSON array" : "JSON Lines", sha256));
        line(s, "rows read", rows, blankLines > 0 ? blankLines + " blank lines skipped" : "");
        if (!ignoredColumns.isEmpty()) {
            line(s, "columns ignored", ignoredColumns.size(), String.join(", ", ignoredColumns.subList(0, Math.min(8, ignoredColumns.size())))
                    + (ignoredColumns.size() > 8 ? ", …" : ""));
        }
        line(s, "groups kept", kept, "for " + task.name().toLowerCase(Locale.ROOT));
        dropped.forEach((reason, d) -> line(s, "dropped", d.count(), reason.words() + " (row " + rows(d.first(), d.count()) + ")"));
        removedResponses.forEach((reason, n) -> line(s, "responses removed", n, reason == DropReason.NO_SCORES ? "no score" : reason.words()));
        optional(s, "duplicates", duplicates, "row " + rows(duplicatesAt, duplicates));
        optional(s, "identical", identical, "chosen and rejected, or responses of a list, the same");
        optional(s, "ties", ties, "equal scores");
        optional(s, "lists", lists, "of " + listSizes.min() + " to " + listSizes.max() + " responses");
        optional(s, "pairs made", pairsMade, "of lists");
        optional(s, "labels made", labelsMade, "of pairs: the chosen response desirable, the rejected undesirable");
        optional(s, "prompts truncated", truncatedPrompts, "row " + rows(truncatedAt, truncatedPrompts + truncatedResponses));
        optional(s, "responses truncated", truncatedResponses, endTokensLost + " end tokens lost, row " + rows(truncatedAt, truncatedPrompts + truncatedResponses));
        long all = endTokensKept + endTokensLost + endTokensAbsent;
        if (all > 0) {
            line(s, "end tokens", endTokensKept, "of " + all + " responses");
        }
        if (tokens > 0) {
            line(s, "tokens", tokens, "prompts shared; " + String.format(Locale.ROOT, "%,d", tokensUnshared) + " unshared");
            s.append(String.format("  %-20s %8s %8s %8s %8s %8s %8s%n", "length in tokens", "min", "p5", "p50", "p95", "p99", "max"));
            quantiles(s, "prompt", promptTokens);
            if (all > 0) {
                quantiles(s, "response", responseTokens);
            }
        }
        return s.toString();
    }

    private static String rows(List<Location> first, long count) {
        StringBuilder s = new StringBuilder();
        for (Location l : first) {
            s.append(s.isEmpty() ? "" : ", ").append(l.row());
        }
        return count > first.size() ? s + ", …" : s.toString();
    }

    private static void optional(StringBuilder s, String name, long value, String note) {
        if (value > 0) {
            line(s, name, value, note);
        }
    }

    private static void line(StringBuilder s, String name, long value, String note) {
        s.append(String.format(Locale.ROOT, "  %-20s %,12d  %s", name, value, note).stripTrailing()).append(System.lineSeparator());
    }

    private static void quantiles(StringBuilder s, String name, Quantiles q) {
        s.append(String.format("  %-20s %8d %8d %8d %8d %8d %8d%n", name, q.min(), q.p5(), q.p50(), q.p95(), q.p99(), q.max()));
    }
}
