package org.align4j.core.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Makes of a group what the task needs: its best response, pairs, a list, labelled responses or the prompt; what falls away is tallied. */
final class TaskShaper {
    private final DataSettings settings;
    private final Tally tally;

    TaskShaper(DataSettings settings, Tally tally) {
        this.settings = settings;
        this.tally = tally;
    }

    List<TextGroup> shape(TextGroup group, DataFormat format) {
        if (format != DataFormat.TEXT && blank(group.prompt())) {
            return dropped(DropReason.EMPTY_PROMPT, group);
        }
        if (settings.task() == TaskKind.PROMPT) {
            return List.of(new TextGroup(group.at(), group.prompt(), List.of()));
        }
        if (group.responses().isEmpty()) {
            return dropped(DropReason.NO_RESPONSE, group);
        }
        return switch (settings.task()) {
            case DEMONSTRATION -> demonstration(group);
            case UNPAIRED -> unpaired(group, format);
            case PAIR -> format.kind() == DataFormat.Kind.PAIRS ? pair(group) : pairs(group);
            case LIST -> list(group);
            case PROMPT -> throw new IllegalStateException("handled above");
        };
    }

    private List<TextGroup> dropped(DropReason reason, TextGroup group) {
        tally.drop(reason, group.at());
        return List.of();
    }

    private List<TextGroup> demonstration(TextGroup group) {
        TextGroup.Response best = null;
        for (TextGroup.Response r : group.responses()) {
            if (!Boolean.FALSE.equals(r.label()) && (best == null || r.score() > best.score() || Double.isNaN(best.score()) && !Double.isNaN(r.score()))) {
                best = r;
            }
        }
        if (best == null) {
            return dropped(DropReason.UNDESIRABLE, group);
        }
        return blank(best.text()) ? dropped(DropReason.EMPTY_RESPONSE, group) : List.of(new TextGroup(group.at(), group.prompt(), List.of(best)));
    }

    private List<TextGroup> unpaired(TextGroup group, DataFormat format) {
        List<TextGroup> out = new ArrayList<>();
        boolean pair = format.kind() == DataFormat.Kind.PAIRS;
        if (pair && settings.identical() != DataSettings.Policy.KEEP && identical(group)) {
            return identicalPair(group);
        }
        for (int i = 0; i < group.responses().size(); i++) {
            TextGroup.Response r = group.responses().get(i);
            Boolean label = pair ? Boolean.valueOf(i == 0) : r.label();
            if (label == null) {
                throw new DataException(group.at() + ": the task UNPAIRED needs a field 'label' (true or false) for each response, or pairs; the row has none.");
            }
            if (blank(r.text())) {
                tally.drop(DropReason.EMPTY_RESPONSE, group.at());
            } else {
                if (pair) {
                    tally.labelMade();
                }
                out.add(new TextGroup(group.at(), group.prompt(), List.of(new TextGroup.Response(r.text(), r.score(), label))));
            }
        }
        return out;
    }

    private static boolean identical(TextGroup group) {
        return Content.same(group.responses().get(0).text(), group.responses().get(1).text());
    }

    private List<TextGroup> identicalPair(TextGroup group) {
        tally.identical();
        return switch (settings.identical()) {
            case KEEP -> List.of(group);
            case DROP -> dropped(DropReason.IDENTICAL, group);
            case ERROR -> throw new DataException(group.at() + ": chosen and rejected are the same. Remove the row, or set identical: drop.");
        };
    }

    private List<TextGroup> pair(TextGroup group) {
        for (TextGroup.Response r : group.responses()) {
            if (blank(r.text())) {
                return dropped(DropReason.EMPTY_RESPONSE, group);
            }
        }
        if (group.responses().get(0).score() == group.responses().get(1).score()) {
            tally.ties(1);
        }
        return identical(group) ? identicalPair(group) : List.of(group);
    }

    /** Scored, filled responses of a group, best first, the file's order among equals. */
    private List<TextGroup.Response> ranked(TextGroup group) {
        List<TextGroup.Response> responses = new ArrayList<>();
        for (TextGroup.Response r : group.responses()) {
            if (Double.isNaN(r.score())) {
                tally.removed(DropReason.NO_SCORES);
            } else if (blank(r.text())) {
                tally.removed(DropReason.EMPTY_RESPONSE);
            } else {
                responses.add(r);
            }
        }
        responses.sort(Comparator.comparingDouble(TextGroup.Response::score).reversed());
        return responses;
    }

    private List<TextGroup> list(TextGroup group) {
        List<TextGroup.Response> kept = new ArrayList<>();
        for (TextGroup.Response r : ranked(group)) {
            boolean again = kept.stream().anyMatch(k -> Content.same(k.text(), r.text()));
            if (again) {
                tally.identical();
                if (settings.identical() == DataSettings.Policy.ERROR) {
                    throw new DataException(group.at() + ": two responses of the list are the same. Remove one, or set identical: drop.");
                }
            }
            if (again && settings.identical() == DataSettings.Policy.DROP) {
                tally.removed(DropReason.IDENTICAL);
            } else {
                kept.add(r);
            }
        }
        for (int i = 1; i < kept.size(); i++) {
            tally.ties(kept.get(i).score() == kept.get(i - 1).score() ? 1 : 0);
        }
        if (kept.size() >= 2) {
            tally.list(kept.size());
        }
        return kept.size() < 2 ? dropped(DropReason.NO_SCORES, group) : List.of(new TextGroup(group.at(), group.prompt(), kept));
    }

    private List<TextGroup> pairs(TextGroup group) {
        List<TextGroup.Response> r = ranked(group);
        int n = r.size();
        if (n < 2) {
            return dropped(DropReason.NO_SCORES, group);
        }
        tally.list(n);
        List<TextGroup> out = new ArrayList<>();
        switch (settings.pairs()) {
            case BEST_WORST -> add(group, r.get(0), r.get(n - 1), out);
            case ADJACENT -> {
                for (int i = 1; i < n; i++) {
                    add(group, r.get(i - 1), r.get(i), out);
                }
            }
            case ALL -> {
                for (int i = 0; i < n; i++) {
                    for (int j = i + 1; j < n; j++) {
                        add(group, r.get(i), r.get(j), out);
                    }
                }
            }
        }
        if (r.get(0).score() == r.get(n - 1).score()) {
            return dropped(DropReason.TIED, group);
        }
        return out;
    }

    private void add(TextGroup group, TextGroup.Response better, TextGroup.Response worse, List<TextGroup> out) {
        if (better.score() == worse.score()) {
            tally.ties(1);
            return;
        }
        TextGroup pair = new TextGroup(group.at(), group.prompt(), List.of(better, worse));
        List<TextGroup> kept = Content.same(better.text(), worse.text()) ? identicalPair(pair) : List.of(pair);
        kept.forEach(k -> tally.pairMade());
        out.addAll(kept);
    }

    static boolean blank(Text text) {
        if (text instanceof Text.Plain p) {
            return p.text().isBlank();
        }
        if (text instanceof Text.Ids ids) {
            return ids.ids().length == 0;
        }
        return ((Text.Chat) text).messages().stream().allMatch(m -> m.content().isBlank());
    }
}
