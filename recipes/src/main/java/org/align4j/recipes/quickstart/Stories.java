package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.recipes.quickstart.Problem.Operation;

/** Tells problems: who has what, what happens, and what is asked. */
final class Stories {
    static final List<String> NAMES = List.of("Tom", "Ann", "Ben", "Eva", "Max", "Lily", "Sam", "Nora", "Paul", "Mia", "Jack", "Ruth");
    static final List<String> THINGS = List.of("apples", "pears", "books", "stamps", "coins", "shells", "marbles", "cards", "pens", "eggs", "stones", "toys");
    private static final List<String> MORE = List.of("N buys # more.", "N finds #.", "M gives N #.", "N gets # from M.");
    private static final List<String> LESS = List.of("N loses #.", "N gives M #.", "N sells #.", "M takes # from N.");
    private static final List<String> ASIDE = List.of("M has # U.", "M is # years old.", "M buys # U.");
    /** No number in a story or its solution is greater. */
    static final int MOST = 20;
    private static final int MOST_AT_ONCE = 9;

    private final RandomGenerator random;
    private final String hero;
    private final String other;
    private final String thing;
    private final String otherThing;
    private final List<String> sentences = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private int start;
    private int value;

    private Stories(RandomGenerator random) {
        this.random = random;
        int h = random.nextInt(NAMES.size());
        hero = NAMES.get(h);
        other = NAMES.get((h + random.nextInt(1, NAMES.size())) % NAMES.size());
        int t = random.nextInt(THINGS.size());
        thing = THINGS.get(t);
        otherThing = THINGS.get((t + random.nextInt(1, THINGS.size())) % THINGS.size());
    }

    /** A problem of any split. */
    static Problem tell(RandomGenerator random) {
        return new Stories(random).any();
    }

    private Problem any() {
        return switch (random.nextInt(8)) {
            case 0 -> groups();
            case 1 -> compare();
            case 2, 3 -> chain(random.nextInt(1, 3), true);
            default -> chain(random.nextInt(1, 4), false);
        };
    }

    private Problem chain(int events, boolean aside) {
        begin(random.nextInt(3, 16));
        say("N has # T.", start);
        int at = aside ? random.nextInt(events) : -1;
        for (int i = 0; i < events; i++) {
            if (i == at) {
                say(pick(ASIDE), random.nextInt(2, MOST_AT_ONCE + 1));
            }
            event();
        }
        return ask("How many T has N now?");
    }

    private Problem groups() {
        int size = random.nextInt(2, 6);
        begin(random.nextInt(2, MOST / size + 1));
        sentences.add(fill("N fills # bags with", start) + fill(" # T each.", size));
        then('*', size);
        if (random.nextBoolean()) {
            event();
        }
        return ask("How many T has N now?");
    }

    private Problem compare() {
        begin(random.nextInt(4, 9));
        boolean more = random.nextBoolean();
        int by = random.nextInt(2, 4);
        say("N has # T.", start);
        say(more ? "M has # more." : "M has # less.", by);
        then(more ? '+' : '-', by);
        if (random.nextInt(3) == 0) {
            return ask("How many T has M now?");
        }
        then('+', start);
        return ask("How many T have both now?");
    }

    private void begin(int number) {
        start = number;
        value = number;
    }

    private void event() {
        boolean more = value < 4 || value <= MOST - MOST_AT_ONCE && random.nextBoolean();
        int by = random.nextInt(2, more ? MOST_AT_ONCE + 1 : Math.min(MOST_AT_ONCE, value) + 1);
        say(pick(more ? MORE : LESS), by);
        then(more ? '+' : '-', by);
    }

    private void then(char sign, int operand) {
        Operation o = new Operation(sign, operand);
        operations.add(o);
        value = o.apply(value);
    }

    private Problem ask(String question) {
        return new Problem(String.join(" ", sentences) + " " + fill(question, 0), start, operations);
    }

    private void say(String template, int number) {
        sentences.add(fill(template, number));
    }

    private String fill(String template, int number) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            boolean alone = (i == 0 || !Character.isLetter(template.charAt(i - 1))) && (i + 1 == template.length() || !Character.isLetter(template.charAt(i + 1)));
            switch (alone ? c : ' ') {
                case 'N' -> text.append(hero);
                case 'M' -> text.append(other);
                case 'T' -> text.append(thing);
                case 'U' -> text.append(otherThing);
                case '#' -> text.append(number);
                default -> text.append(c);
            }
        }
        return text.toString();
    }

    private String pick(List<String> list) {
        return list.get(random.nextInt(list.size()));
    }
}
