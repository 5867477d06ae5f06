package org.align4j.losses.catalog;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.Needs;

/**
 * One objective of this library. Needs and hyper-parameters are not written down here: they are read from the default instance.
 *
 * @param name      name in recipes, or in the literature
 * @param family    what it learns from
 * @param instance  the objective with its defaults
 * @param formula   what is minimised (of rewards and advantages: what is computed), in the notation of {@link Page}
 * @param paper     where it is from
 * @param elsewhere trainers that have it, with their name for it where it differs
 */
public record Objective(String name, Family family, Record instance, String formula, Paper paper, List<String> elsewhere) {
    public Objective {
        elsewhere = List.copyOf(elsewhere);
    }

    /** A {@link Loss} under its own name. */
    static <T extends Record & Loss> Objective of(Family family, T loss, String formula, Paper paper, String... elsewhere) {
        return new Objective(loss.name(), family, loss, formula, paper, List.of(elsewhere));
    }

    /**
     * A publication.
     *
     * @param title its title
     * @param year  year of its first version
     * @param link  where it can be read
     */
    public record Paper(String title, int year, String link) {
        static Paper arxiv(String title, int year, String number) {
            return new Paper(title, year, "https://arxiv.org/abs/" + number);
        }
    }

    /** A hyper-parameter with its default. */
    public record Parameter(String name, Object value) {
        /** The value in the catalog's words. */
        public String text() {
            return say(value);
        }
    }

    /** What the objective needs, where it is a {@link Loss}. */
    public Optional<Needs> needs() {
        return instance instanceof Loss loss ? Optional.of(loss.needs()) : Optional.empty();
    }

    /** Hyper-parameters and defaults: the components of the default instance. */
    public List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        for (RecordComponent c : instance.getClass().getRecordComponents()) {
            all.add(new Parameter(c.getName(), component(instance, c)));
        }
        return all;
    }

    private static Object component(Record record, RecordComponent c) {
        try {
            return c.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("The component " + c.getName() + " of " + record.getClass() + " cannot be read", e);
        }
    }

    private static String say(Object value) {
        if (value instanceof Loss loss) {
            return loss.name();
        }
        if (value instanceof Mixture.Part part) {
            return say(part.weight()) + "·" + part.loss().name();
        }
        if (value instanceof Enum<?> e) {
            return e.name().toLowerCase(Locale.ROOT);
        }
        if (value instanceof Double d) {
            return d == Math.rint(d) && Math.abs(d) < 1e6 ? Long.toString(d.longValue()) : Double.toString(d).replace(".0E", "e").replace("E", "e");
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Objective::say).collect(Collectors.joining(" + "));
        }
        if (value instanceof Record r) {
            String name = r.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
            RecordComponent[] components = r.getClass().getRecordComponents();
            String inside = Arrays.stream(components).map(c -> say(component(r, c))).collect(Collectors.joining(", "));
            return components.length == 0 ? name : name + "(" + inside + ")";
        }
        return String.valueOf(value);
    }
}
