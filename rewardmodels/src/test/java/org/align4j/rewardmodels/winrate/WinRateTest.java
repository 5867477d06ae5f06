package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WinRateTest {

    @Test
    void tiesAreOneHalf() {
        WinRate rate = WinRate.of(1, 1, 0.5, 0);
        assertEquals(62.5, rate.value());
        assertEquals(List.of(2L, 1L, 1L, 4L), List.of(rate.wins(), rate.baselineWins(), rate.draws(), rate.n()));
        // s² = (2 · 0.375² + 0.125² + 0.625²) ÷ 3 = 0.6875 ÷ 3
        assertEquals(100 * Math.sqrt(0.6875 / 3 / 4), rate.standardError(), 1e-12);
        assertEquals(62.5 - 1.959964 * rate.standardError(), rate.interval().low(), 1e-4);
        assertEquals(100, rate.interval().high(), "rates end at 100");
        assertTrue(Double.isNaN(WinRate.of(1).standardError()));
        assertThrows(IllegalArgumentException.class, () -> WinRate.of(List.of()));
    }

    @Test
    void bothOrdersBecomeOne() {
        Judgement a = Judgement.of("x", "m", "b", 1, 10, 20);
        Judgement b = Judgement.of("x", "m", "b", 0.5, 10, 20);
        Judgement other = Judgement.of("y", "m", "b", 0, 1, 2);
        assertEquals(List.of(Judgement.of("x", "m", "b", 0.75, 10, 20), other), Judgements.averaged(List.of(a, other, b)));
        assertEquals(Judgement.of("x", "b", "m", 0, 20, 10), a.turned());
        assertEquals(List.of(Judgement.of("x", "m", "b", 0.75, 10, 20), other), Judgements.averaged(List.of(a, b.turned(), other)));
        assertEquals(10, a.lengths().orElseThrow().difference());
        assertThrows(IllegalArgumentException.class, () -> new Judgement("x", "m", "b", 1.5, Optional.empty()));
        assertThrows(IllegalArgumentException.class, () -> Judgement.of("x", "m", "b", 1, -1, 2));
    }
}
