package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What budgets buy: exact in every unit, and nested. */
class BudgetsTest {
    /** 200 pairs on 40 prompts, five of each, of various lengths. */
    private static List<Group> pairs() {
        SplittableRandom random = new SplittableRandom(8);
        List<Group> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(new Group(new Location("p", i + 1), new int[] {5, i % 40}, List.of(response(random), response(random))));
        }
        return all;
    }

    private static Group.Response response(SplittableRandom random) {
        return new Group.Response(random.ints(1 + random.nextInt(9), 0, 50).toArray(), Double.NaN, null, true);
    }

    private static Budget budget(BudgetUnit unit, double total, double ratio) {
        return new Budget(total, unit, new Budget.Cost(2.5, 0.7), new Budget.Split(ratio, 1 - ratio));
    }

    private static Set<Location> at(Budgets.Bought b) {
        return b.groups().stream().map(Group::at).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @EnumSource(BudgetUnit.class)
    void aLargerPartContainsTheSmallerWhateverTheBudgetAndTheSplit(BudgetUnit unit) {
        List<Group> pool = pairs();
        for (boolean preference : new boolean[] {true, false}) {
            List<Budgets.Bought> all = new ArrayList<>();
            for (double total : new double[] {0.5, 1, 7, 30, 100, 400, 1500, 6000}) {
                for (double ratio : new double[] {0, 0.01, 0.1, 0.25, 0.5, 0.75, 1}) {
                    all.add(Budgets.buy(budget(unit, total, ratio), preference, false, pool, 3));
                }
            }
            all.sort((a, b) -> Double.compare(a.spent().allowed(), b.spent().allowed()));
            Set<Location> before = new HashSet<>();
            for (Budgets.Bought b : all) {
                Set<Location> now = at(b);
                assertTrue(now.containsAll(before), "allowed " + b.spent().allowed());
                before = now;
            }
            assertEquals(200, before.size());
        }
    }

    @Test
    void everyUnitIsCountedExactly() {
        List<Group> pool = pairs();
        long tokens = pool.stream().mapToLong(Group::tokensUnshared).sum();
        Budgets.Bought examples = Budgets.buy(budget(BudgetUnit.EXAMPLES, 101, 0.5), true, false, pool, 3);
        assertEquals(50, examples.groups().size());
        assertEquals(50.5, examples.spent().allowed());
        assertEquals(50, examples.spent().cost());
        assertEquals(0.5, examples.spent().left());
        assertEquals(new Budgets.Pool(200, tokens, 200), examples.pool());
        Budgets.Bought cost = Budgets.buy(budget(BudgetUnit.COST, 20, 0.5), true, false, pool, 3);
        assertEquals(14, cost.groups().size(), "10 / 0.7");
        assertEquals(9.8, cost.spent().cost(), 1e-12);
        assertEquals(4, Budgets.buy(budget(BudgetUnit.COST, 20, 0.5), false, false, pool, 3).groups().size(), "10 / 2.5");
        assertEquals(30, Budgets.buy(budget(BudgetUnit.COST, 21, 0), true, false, pool, 3).groups().size(), "21 / 0.7 is 30, though not to the last bit");
        Budgets.Bought tenth = Budgets.buy(budget(BudgetUnit.EXAMPLES, 1000, 0.9), true, false, pool, 3);
        assertEquals(100, tenth.spent().allowed(), "though 1 − 0.9 is less than a tenth to the last bit");
        assertEquals(0, tenth.spent().left());
        assertEquals(0, Budgets.buy(budget(BudgetUnit.COST, 21, 0), true, false, pool, 3).spent().left());
        Budgets.Bought few = Budgets.buy(budget(BudgetUnit.TOKENS, 300, 0), true, false, pool, 3);
        assertTrue(few.spent().cost() <= 300, "never more than there is to spend");
        Budgets.Bought more = Budgets.buy(budget(BudgetUnit.TOKENS, 600, 0), true, false, pool, 3);
        long longest = pool.stream().mapToLong(Group::tokensUnshared).max().orElse(0);
        assertTrue(few.spent().left() < longest, "as many as fit");
        assertEquals(few.spent().tokens(), few.groups().stream().mapToLong(Group::tokensUnshared).sum());
        assertTrue(more.groups().containsAll(few.groups()));
    }

    @Test
    void onePromptWithManyPairsIsPaidForPairByPair() {
        List<Group> pool = pairs().stream().map(g -> new Group(g.at(), new int[] {5}, g.responses())).toList();
        assertEquals(13, Budgets.buy(budget(BudgetUnit.EXAMPLES, 13, 0), true, false, pool, 3).groups().size());
    }

    @Test
    void labelsMadeOfAPairAreBoughtWithIt() {
        List<Group> labels = pairs().stream().flatMap(g -> g.responses().stream().map(r -> new Group(g.at(), g.prompt(), List.of(r)))).toList();
        Budgets.Bought made = Budgets.buy(budget(BudgetUnit.EXAMPLES, 30, 0), true, true, labels, 3);
        assertEquals(60, made.groups().size());
        assertEquals(30, made.spent().rows());
        assertEquals(at(Budgets.buy(budget(BudgetUnit.EXAMPLES, 30, 0), true, false, pairs(), 3)), at(made), "the pairs a stage on pairs would have bought");
        assertEquals(30, Budgets.buy(budget(BudgetUnit.EXAMPLES, 30, 0), true, false, labels, 3).groups().size(), "labels of their own are paid for one by one");
    }

    @Test
    void moreThanThereIsIsSaid() {
        Budgets.Bought all = Budgets.buy(budget(BudgetUnit.EXAMPLES, 250, 0), true, false, pairs(), 3);
        assertTrue(all.exhausted());
        assertEquals(50, all.spent().left());
        assertTrue(all.words().contains("200 of 200 rows") && all.words().contains("left over 50; there are no more rows"), all.words());
        assertFalse(Budgets.buy(budget(BudgetUnit.EXAMPLES, 200, 0), true, false, pairs(), 3).exhausted());
        assertFalse(Budgets.buy(budget(BudgetUnit.COST, 140.6, 0), true, false, pairs(), 3).exhausted(), "0.6 buys no pair for 0.7");
        assertTrue(Budgets.buy(budget(BudgetUnit.TOKENS, 100_000, 0), true, false, pairs(), 3).exhausted());
    }

    @Test
    void anotherSeedBuysOtherRows() {
        Budget b = budget(BudgetUnit.EXAMPLES, 50, 0);
        assertFalse(at(Budgets.buy(b, true, false, pairs(), 3)).equals(at(Budgets.buy(b, true, false, pairs(), 4))));
    }
}
