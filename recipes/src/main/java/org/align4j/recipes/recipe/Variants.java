package org.align4j.recipes.recipe;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.align4j.recipes.yaml.Findings;

/** Settings that only some losses of a stage read: what they are when not given, and the refusal of those that would have no effect. */
final class Variants {
    private final List<? extends Variant> chosen;

    Variants(List<? extends Variant> chosen) {
        this.chosen = chosen;
    }

    Variants(Variant chosen) {
        this(List.of(chosen));
    }

    /** The setting, or what all chosen losses that read it take for it; nothing where they differ or none reads it. */
    <T> Optional<T> fill(String key, Optional<T> given) {
        if (given.isPresent()) {
            return given;
        }
        List<Object> defaults = chosen.stream().filter(v -> v.settings().containsKey(key)).map(v -> v.settings().get(key)).distinct().toList();
        @SuppressWarnings("unchecked")
        T only = defaults.size() == 1 ? (T) defaults.get(0) : null;
        return Optional.ofNullable(only);
    }

    /** The setting for one of the losses. */
    @SuppressWarnings("unchecked")
    static <T> T value(Variant loss, String key, Optional<T> given) {
        return given.orElseGet(() -> (T) loss.settings().get(key));
    }

    /** Reports settings that none of the chosen losses reads. */
    void check(Findings f, Variant[] all, Map<String, Optional<?>> settings) {
        settings.forEach((key, value) -> {
            if (value.isPresent() && chosen.stream().noneMatch(v -> v.settings().containsKey(key))) {
                String readers = Arrays.stream(all).filter(v -> v.settings().containsKey(key)).map(Variant::key).collect(Collectors.joining(", "));
                f.problem(key, key + " has no effect with loss " + chosen.stream().map(Variant::key).collect(Collectors.joining(" and ")),
                        "remove it, or choose a loss that reads it: " + readers);
            }
        });
    }
}
