package org.align4j.recipes.study;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;

/** What settings name, however deep it stands in them. */
final class Named {
    private Named() {}

    /** Every value of a type, in the order of the settings. */
    static <T> List<T> in(Object settings, Class<T> type) {
        List<T> all = new ArrayList<>();
        add(settings, type, all);
        return all;
    }

    /** SHA-256 of the files that settings name, by path; of a directory that of the files right in it. What is not there is left out. */
    static Map<String, String> digests(Object settings, Map<Path, String> known) {
        Map<String, String> m = new TreeMap<>();
        in(settings, Path.class).stream().filter(Files::exists).forEach(p -> m.put(p.toString(), known.computeIfAbsent(p, Named::digest)));
        return m;
    }

    private static <T> void add(Object v, Class<T> type, List<T> all) {
        if (type.isInstance(v)) {
            all.add(type.cast(v));
        } else if (v instanceof Optional<?> o) {
            o.ifPresent(x -> add(x, type, all));
        } else if (v instanceof Collection<?> c) {
            c.forEach(x -> add(x, type, all));
        } else if (v instanceof Map<?, ?> m) {
            m.values().forEach(x -> add(x, type, all));
        } else if (v instanceof Record r) {
            for (RecordComponent c : r.getClass().getRecordComponents()) {
                add(value(c, r), type, all);
            }
        }
    }

    private static Object value(RecordComponent c, Record r) {
        try {
            return c.getAccessor().invoke(r);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + c, e);
        }
    }

    private static String digest(Path p) {
        if (!Files.isDirectory(p)) {
            return Digests.sha256(p);
        }
        try (Stream<Path> files = Files.list(p)) {
            StringBuilder all = new StringBuilder();
            files.filter(Files::isRegularFile).sorted().forEach(f -> all.append(f.getFileName()).append(' ').append(Digests.sha256(f)).append('\n'));
            return Digests.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UserException("Cannot read " + p + ": " + e.getMessage() + ".", e);
        }
    }
}
