package org.align4j.recipes.yaml;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Single values out of their text: exactly, or not at all. */
final class Scalars {
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+(_\\d+)*(\\.(\\d+(_\\d+)*)?)?|\\.\\d+(_\\d+)*)([eE][+-]?\\d{1,4})?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[+-]?0\\d.*");
    private static final int MAX_DIGITS = 64;

    /** What went wrong with a value: what was required (the decoder adds what was found), and what to do. */
    static final class Bad extends Exception {
        private static final long serialVersionUID = 1L;
        private final String suggestion;

        Bad(String message, String suggestion) {
            super(message, null, false, false);
            this.suggestion = suggestion;
        }

        String suggestion() {
            return suggestion;
        }
    }

    private Scalars() {}

    static boolean handles(Class<?> type) {
        return isNumber(type) || type == boolean.class || type == Boolean.class || type == String.class || type == Path.class || type.isEnum()
                || type.isAnnotationPresent(TextForm.class);
    }

    static boolean isNumber(Class<?> type) {
        return type == int.class || type == Integer.class || type == long.class || type == Long.class || type == double.class || type == Double.class;
    }

    /** What a value of the type must be, to follow "must be". */
    static String requirement(Class<?> type) {
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        } else if (type == double.class || type == Double.class) {
            return "a number";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == Path.class) {
            return "a path";
        } else if (type.isEnum()) {
            return "one of " + String.join(", ", Shape.constants(type));
        }
        TextForm form = type.getAnnotation(TextForm.class);
        return form != null ? form.says() : "a text";
    }

    static Object decode(Class<?> type, AnnotatedElement element, YamlNode.Scalar node, Path base, boolean checkFiles) throws Bad {
        String text = node.text();
        if (node.isNull() || node.isMissing()) {
            throw new Bad("must be " + requirement(type) + ", found " + (node.isNull() ? "null" : "nothing"), "give a value or remove the key");
        }
        if (type == int.class || type == Integer.class) {
            return (int) whole(node, element, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == long.class || type == Long.class) {
            return whole(node, element, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (type == double.class || type == Double.class) {
            return real(node, element);
        } else if (type == boolean.class || type == Boolean.class) {
            return truth(node);
        } else if (type == Path.class) {
            return path(node, element, base, checkFiles);
        } else if (type.isEnum()) {
            return constant(type, node);
        } else if (type == String.class) {
            Matches matches = element.getAnnotation(Matches.class);
            if (matches != null && !Pattern.matches(matches.value(), text)) {
                throw new Bad("must be " + matches.says() + ", found " + node.describe(), "");
            }
            return text;
        }
        return textForm(type, node);
    }

    private static long whole(YamlNode.Scalar node, AnnotatedElement element, long min, long max) throws Bad {
        BigDecimal value = number(node, "a whole number");
        // Magnitudes first: 1e9999 would otherwise be written out digit by digit.
        if (value.compareTo(BigDecimal.valueOf(min)) < 0 || value.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new Bad("must be a whole number between " + min + " and " + max + ", found " + node.describe(), "");
        }
        if (value.signum() != 0 && value.compareTo(value.setScale(0, java.math.RoundingMode.DOWN)) != 0) {
            throw new Bad("must be a whole number, found " + node.describe(), "");
        }
        long whole = value.longValue();
        range(whole, element, node);
        return whole;
    }

    private static double real(YamlNode.Scalar node, AnnotatedElement element) throws Bad {
        BigDecimal exact = number(node, "a number");
        double value = exact.doubleValue();
        if (Double.isInfinite(value) || (value == 0 && exact.signum() != 0)) {
            throw new Bad("must be a number that a double can hold, found " + node.describe(), "");
        }
        range(value, element, node);
        return value == 0 ? 0.0 : value; // no negative zero: it would not survive being written and read
    }

    private static BigDecimal number(YamlNode.Scalar node, String required) throws Bad {
        String text = node.text();
        if (!node.plain()) {
            boolean quotedNumber = NUMBER.matcher(text).matches();
            throw new Bad("must be " + required + ", found " + node.describe(), quotedNumber ? "remove the quotes" : "");
        }
        if (text.length() > MAX_DIGITS || !NUMBER.matcher(text).matches()) {
            throw new Bad("must be " + required + ", found " + node.describe(), numberHint(text));
        }
        if (LEADING_ZERO.matcher(text).matches()) {
            throw new Bad("must be " + required + ", found " + node.describe() + ", which some YAML readers take as octal", "remove the leading zero");
        }
        return new BigDecimal(text.replace("_", ""));
    }

    private static String numberHint(String text) {
        if (text.matches("0[xXoObB][0-9a-fA-F_]+")) {
            return "write it in decimal";
        } else if (text.matches("[+-]?\\d{1,3}(,\\d{3})+(\\.\\d+)?")) {
            return "write it without commas, or with '_' between the thousands";
        } else if (text.matches("(?i)[+-]?\\.?(inf|nan|infinity)")) {
            return "only finite numbers make sense here";
        } else if (text.matches("[+-]?[\\d.]+ ?%")) {
            return "write it as a fraction";
        }
        return "";
    }

    static void range(double value, AnnotatedElement element, YamlNode node) throws Bad {
        Range r = element.getAnnotation(Range.class);
        if (r != null && !(value >= r.min() && value <= r.max() && (r.above() == Double.NEGATIVE_INFINITY || value > r.above())
                && (r.below() == Double.POSITIVE_INFINITY || value < r.below()))) {
            throw new Bad("must be " + words(r) + ", found " + node.describe(), "");
        }
    }

    /** A range in words, to follow "must be". */
    static String words(Range r) {
        StringBuilder out = new StringBuilder();
        append(out, r.min() == Double.NEGATIVE_INFINITY, "at least ", r.min());
        append(out, r.above() == Double.NEGATIVE_INFINITY, "more than ", r.above());
        append(out, r.max() == Double.POSITIVE_INFINITY, "at most ", r.max());
        append(out, r.below() == Double.POSITIVE_INFINITY, "less than ", r.below());
        return out.toString();
    }

    private static void append(StringBuilder out, boolean absent, String words, double bound) {
        if (!absent) {
            out.append(out.isEmpty() ? "" : " and ").append(words).append(RecordWriter.number(bound).replaceAll("\\.0$", ""));
        }
    }

    private static boolean truth(YamlNode.Scalar node) throws Bad {
        String text = node.text();
        if (node.plain() && text.equals("true") || node.plain() && text.equals("false")) {
            return text.equals("true");
        }
        String meant = text.matches("(?i)true|yes|on|y") ? "true" : text.matches("(?i)false|no|off|n") ? "false" : "";
        throw new Bad("must be true or false, found " + node.describe(), meant.isEmpty() ? "" : "did you mean " + meant + "?");
    }

    private static Path path(YamlNode.Scalar node, AnnotatedElement element, Path base, boolean checkFiles) throws Bad {
        if (node.text().isBlank()) {
            throw new Bad("must be a path, found " + node.describe(), "");
        }
        Path path;
        try {
            path = base.resolve(node.text()).normalize();
        } catch (InvalidPathException e) {
            throw new Bad("must be a path, found " + node.describe(), "");
        }
        MustExist must = element.getAnnotation(MustExist.class);
        if (checkFiles && must != null && !(must.directory() ? Files.isDirectory(path) : Files.isReadable(path))) {
            throw new Bad("needs " + (must.directory() ? "a directory" : "a readable file") + ", but there is none at " + path, near(path));
        }
        return path;
    }

    /** A file of nearly that name in the same directory. */
    private static String near(Path path) {
        Path parent = path.getParent();
        if (parent == null || path.getFileName() == null) {
            return "";
        }
        if (!Files.isDirectory(parent)) {
            return "there is no directory " + parent + " either; paths are relative to the recipe";
        }
        try (var list = Files.list(parent)) {
            List<String> names = list.limit(1000).map(p -> p.getFileName().toString()).sorted().toList();
            return Nearest.of(path.getFileName().toString(), names).map(n -> "did you mean '" + n + "'?").orElse("paths are relative to the recipe");
        } catch (java.io.IOException | java.io.UncheckedIOException e) {
            return "the directory cannot be listed";
        }
    }

    private static Object constant(Class<?> type, YamlNode.Scalar node) throws Bad {
        List<String> names = Shape.constants(type);
        int i = names.indexOf(node.text());
        if (i < 0) {
            Optional<String> near = Shape.synonym(type, node.text()).or(() -> Nearest.of(node.text(), names));
            throw new Bad("must be " + requirement(type) + ", found " + node.describe(), near.map(n -> "did you mean '" + n + "'?").orElse(""));
        }
        return type.getEnumConstants()[i];
    }

    private static Object textForm(Class<?> type, YamlNode.Scalar node) throws Bad {
        try {
            return type.getMethod("parse", String.class).invoke(null, node.text());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                throw new Bad("must be " + requirement(type) + ", found " + node.describe(), e.getCause() instanceof NumberFormatException ? "" : e.getCause().getMessage());
            }
            throw new IllegalStateException(type.getName() + ".parse failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " needs a public static parse(String)", e);
        }
    }
}
