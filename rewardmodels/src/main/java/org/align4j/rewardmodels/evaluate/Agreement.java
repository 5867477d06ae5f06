package org.align4j.rewardmodels.evaluate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A reward beside several annotators who judged the same pairs. Each pair counts once in either order in κ: were the chosen answer always called the first, most
 * votes would be for the first, and what chance gives would be too much.
 *
 * @param annotators each of them beside the reward
 * @param fleiss     Fleiss' κ among the annotators over the pairs that two or more of them judged
 *                   (<a href="https://doi.org/10.1037/h0031619">Fleiss, 1971</a>); NaN where it is not defined
 * @param pairwise   share of pairs on which two annotators agree, one of them a tie counting ½: the mean over pairs of the mean over annotators
 * @param majority   share of pairs on which the reward agrees with the majority
 * @param undecided  pairs without a majority, left out of it
 */
public record Agreement(List<Annotator> annotators, double fleiss, double pairwise, Rate majority, long undecided) {
    public Agreement {
        annotators = List.copyOf(annotators);
    }

    /**
     * One annotator.
     *
     * @param reward share of pairs on which the reward says the same
     * @param kappa  Cohen's κ with the reward (<a href="https://doi.org/10.1177/001316446002000104">Cohen, 1960</a>)
     * @param others mean share of the other annotators of a pair who say the same: what a reward can be expected to reach; NaN without others
     */
    public record Annotator(String name, Rate reward, double kappa, double others) {}

    /** Of items with votes. */
    public static Agreement of(List<ScoredItem> items) {
        List<ScoredItem> judged = items.stream().filter(i -> !i.votes().isEmpty() && !i.pairs().isEmpty()).toList();
        Set<String> names = new LinkedHashSet<>();
        judged.forEach(i -> names.addAll(i.votes().keySet()));
        List<Annotator> annotators = names.stream().map(n -> annotator(n, judged)).toList();
        Rate.Count majority = new Rate.Count();
        long undecided = 0;
        for (ScoredItem item : judged) {
            Vote most = majority(item.votes().values());
            if (most == null) {
                undecided++;
            } else {
                majority.add(model(item).agreement(most));
            }
        }
        List<Collection<Vote>> votes = judged.stream().map(i -> i.votes().values()).toList();
        List<Collection<Vote>> bothWays = new ArrayList<>(votes);
        votes.forEach(v -> bothWays.add(v.stream().map(Vote::turned).toList()));
        return new Agreement(annotators, fleiss(bothWays), pairwise(votes), majority.rate(), undecided);
    }

    private static Vote model(ScoredItem item) {
        return Vote.of(item.margin(item.pairs().get(0)));
    }

    private static Annotator annotator(String name, List<ScoredItem> judged) {
        Rate.Count same = new Rate.Count();
        double others = 0;
        long withOthers = 0;
        List<Vote> his = new ArrayList<>();
        List<Vote> models = new ArrayList<>();
        for (ScoredItem item : judged) {
            Vote vote = item.votes().get(name);
            if (vote == null) {
                continue;
            }
            his.addAll(List.of(vote, vote.turned()));
            models.addAll(List.of(model(item), model(item).turned()));
            same.add(vote.agreement(model(item)));
            if (item.votes().size() > 1) {
                double sum = -1;
                for (Vote other : item.votes().values()) {
                    sum += vote.agreement(other);
                }
                others += sum / (item.votes().size() - 1);
                withOthers++;
            }
        }
        return new Annotator(name, same.rate(), cohen(his, models), withOthers == 0 ? Double.NaN : others / withOthers);
    }

    /** The vote more annotators gave than any other; null where there is none. */
    static Vote majority(Collection<Vote> votes) {
        long[] counts = counts(votes);
        Vote best = null;
        for (Vote v : Vote.values()) {
            best = best == null || counts[v.ordinal()] > counts[best.ordinal()] ? v : best;
        }
        long most = counts[best.ordinal()];
        return java.util.Arrays.stream(counts).filter(c -> c == most).count() == 1 ? best : null;
    }

    private static long[] counts(Collection<Vote> votes) {
        long[] counts = new long[Vote.values().length];
        votes.forEach(v -> counts[v.ordinal()]++);
        return counts;
    }

    /** Cohen's κ of two judges over the same pairs: (p_o − p_e) ÷ (1 − p_e); NaN where both always say the same one thing. */
    public static double cohen(List<Vote> a, List<Vote> b) {
        long[] ca = counts(a);
        long[] cb = counts(b);
        double n = a.size();
        double observed = 0;
        double expected = 0;
        for (int i = 0; i < a.size(); i++) {
            observed += a.get(i) == b.get(i) ? 1 / n : 0;
        }
        for (int c = 0; c < ca.length; c++) {
            expected += ca[c] / n * (cb[c] / n);
        }
        return expected == 1 ? Double.NaN : (observed - expected) / (1 - expected);
    }

    /** Fleiss' κ; where pairs have different numbers of votes each counts once, and shares are taken over all votes. */
    public static double fleiss(List<? extends Collection<Vote>> votes) {
        double agree = 0;
        long pairs = 0;
        double[] totals = new double[Vote.values().length];
        double all = 0;
        for (Collection<Vote> v : votes) {
            double n = v.size();
            if (n < 2) {
                continue;
            }
            long[] counts = counts(v);
            double same = 0;
            for (int c = 0; c < counts.length; c++) {
                same += counts[c] * (counts[c] - 1.0);
                totals[c] += counts[c];
            }
            agree += same / (n * (n - 1));
            all += n;
            pairs++;
        }
        double expected = 0;
        for (double t : totals) {
            expected += t / all * (t / all);
        }
        return pairs == 0 || expected == 1 ? Double.NaN : (agree / pairs - expected) / (1 - expected);
    }

    /** Mean over pairs of the mean agreement of two annotators; NaN where no pair has two. */
    public static double pairwise(List<? extends Collection<Vote>> votes) {
        double sum = 0;
        long n = 0;
        for (Collection<Vote> v : votes) {
            List<Vote> list = List.copyOf(v);
            double same = 0;
            for (int i = 0; i < list.size(); i++) {
                for (int j = 0; j < i; j++) {
                    same += list.get(i).agreement(list.get(j));
                }
            }
            if (list.size() > 1) {
                sum += same / (list.size() * (list.size() - 1) / 2.0);
                n++;
            }
        }
        return n == 0 ? Double.NaN : sum / n;
    }
}
