package org.align4j.recipes.yaml;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Turns a {@link YamlNode} tree into records and collects every problem on the way.
 *
 * <p>Keys are the component names in snake_case. A component may be a number, truth value, text, path, enum (constants in lower case), record,
 * list, map from text, {@link TextForm} record, {@link Optional} of one of these, or a sealed interface of records, written as a mapping of one key, the
 * member's name ({@link OneWord}: or that name alone; {@link Brief}: a record as one word), or {@link YamlNode} itself, which is left to whoever asked for it. A component
 * without {@link Default} that is not optional must be given. What is not known is an error.
 */
public final class RecordDecoder {
    /** In place of a value that could not be decoded; the problem has been reported. */
    private static final Object INVALID = new Object();
    private static final Pattern SIBLING = Pattern.compile("\\{(\\w+)}");

    private final Path base;
    private final boolean checkFiles;
    private final List<Problem> problems;

    /**
     * @param base       directory that relative paths start from
     * @param checkFiles whether files marked {@link MustExist} are looked for
     * @param problems   receives what is wrong
     */
    public RecordDecoder(Path base, boolean checkFiles, List<Problem> problems) {
        this.base = base.toAbsolutePath();
        this.checkFiles = checkFiles;
        this.problems = problems;
    }

    /** Decodes a document into a record; empty when problems were reported. */
    public <T extends Record> Optional<T> decode(YamlNode node, Class<T> type) {
        int before = problems.size();
        Object value = value(type, type, node, "");
        return value == INVALID || problems.size() > before ? Optional.empty() : Optional.of(type.cast(value));
    }

    private Object value(Type type, AnnotatedElement element, YamlNode node, String path) {
        Class<?> raw = Shape.raw(type);
        if (raw == Optional.class) {
            if (node instanceof YamlNode.Scalar s && s.isNull()) {
                return Optional.empty();
            }
            Object inner = value(Shape.argument(type, 0), element, node, path);
            return inner == INVALID ? INVALID : Optional.of(inner);
        }
        if (raw == List.class) {
            return list(Shape.argument(type, 0), element, node, path);
        }
        if (raw == Map.class) {
            return map(Shape.argument(type, 1), element, node, path);
        }
        if (raw == YamlNode.class) {
            return node;
        }
        if (Scalars.handles(raw)) {
            return scalar(raw, element, node, path);
        }
        if (raw.isSealed()) {
            return member(raw, node, path);
        }
        if (!raw.isRecord()) {
            throw new IllegalStateException("No YAML form is known for " + type + " at " + path);
        }
        Brief brief = element.getAnnotation(Brief.class);
        if (brief != null && node instanceof YamlNode.Scalar word && !word.isNull() && !word.isMissing()) {
            return record(raw, new YamlNode.Mapping(List.of(new YamlNode.Entry(brief.value(), word.at(), word)), word.at()), path);
        }
        if (!(node instanceof YamlNode.Mapping mapping)) {
            return wrongKind(node, path, "a mapping with the keys " + keys(raw), node.describe().equals("nothing") ? "indent its settings under it" : "");
        }
        return record(raw, mapping, path);
    }

    private Object scalar(Class<?> raw, AnnotatedElement element, YamlNode node, String path) {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            return wrongKind(node, path, Scalars.requirement(raw), "");
        }
        try {
            return Scalars.decode(raw, element, scalar, base, checkFiles);
        } catch (Scalars.Bad bad) {
            return report(node.at(), path, path + " " + bad.getMessage(), bad.suggestion());
        }
    }

    private Object list(Type itemType, AnnotatedElement element, YamlNode node, String path) {
        boolean single = element.isAnnotationPresent(OneOrMany.class) && node instanceof YamlNode.Scalar;
        if (!single && !(node instanceof YamlNode.Sequence)) {
            return wrongKind(node, path, "a list", "begin each item with '- '");
        }
        List<YamlNode> nodes = single ? List.of(node) : ((YamlNode.Sequence) node).items();
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            items.add(value(itemType, element, nodes.get(i), single ? path : path + "[" + i + "]"));
        }
        Range size = element.getAnnotation(Range.class);
        if (size != null && !Scalars.isNumber(Shape.raw(itemType)) && (nodes.size() < size.min() || nodes.size() > size.max())) {
            return report(node.at(), path, path + " must have " + Scalars.words(size) + " items, found " + nodes.size(), "");
        }
        return items.contains(INVALID) ? INVALID : List.copyOf(items);
    }

    private Object map(Type valueType, AnnotatedElement element, YamlNode node, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            return wrongKind(node, path, "a mapping", "");
        }
        Map<String, Object> out = new LinkedHashMap<>();
        for (YamlNode.Entry e : mapping.entries()) {
            out.put(e.key(), value(valueType, element, e.value(), join(path, e.key())));
        }
        return out.containsValue(INVALID) ? INVALID : java.util.Collections.unmodifiableMap(out);
    }

    private Object member(Class<?> sealed, YamlNode node, String path) {
        Map<String, Class<?>> family = Shape.family(sealed);
        String what = Shape.snake(sealed.getSimpleName());
        String known = String.join(", ", family.keySet());
        if (node instanceof YamlNode.Scalar word && sealed.isAnnotationPresent(OneWord.class) && !word.isNull() && !word.isMissing()) {
            return word(family, word, path);
        }
        if (!(node instanceof YamlNode.Mapping mapping) || mapping.entries().isEmpty()) {
            String hint = node instanceof YamlNode.Scalar s && family.containsKey(s.text()) ? "write '" + s.text() + ": {}'" : "write it as 'kind: {settings}'";
            return wrongKind(node, path, "a mapping with one key out of " + known, hint);
        }
        YamlNode.Entry chosen = mapping.entries().get(0);
        boolean ok = true;
        for (YamlNode.Entry e : mapping.entries()) {
            if (!family.containsKey(e.key())) {
                ok = false;
                boolean setting = e != chosen && family.containsKey(chosen.key())
                        && Shape.fields(family.get(chosen.key())).stream().anyMatch(f -> f.key().equals(e.key()));
                report(e.at(), join(path, e.key()), setting ? "'" + e.key() + "' stands beside '" + chosen.key() + "', not in it" : "unknown " + what + " '" + e.key() + "'",
                        setting ? "indent it further" : Nearest.of(e.key(), family.keySet()).map(n -> "did you mean '" + n + "'?").orElse("known are " + known));
            } else if (e != chosen) {
                ok = false;
                report(e.at(), join(path, e.key()), "a " + what + " has one key, found '" + e.key() + "' beside '" + chosen.key() + "'", "begin it with '- '");
            }
        }
        if (!family.containsKey(chosen.key())) {
            return INVALID;
        }
        Object value = value(family.get(chosen.key()), family.get(chosen.key()), chosen.value(), join(path, chosen.key()));
        return ok ? value : INVALID;
    }

    /** A member written as its name alone. */
    private Object word(Map<String, Class<?>> family, YamlNode.Scalar word, String path) {
        Class<?> member = family.get(word.text());
        if (member == null) {
            return report(word.at(), path, path + " must be one of " + String.join(", ", family.keySet()) + ", found " + word.describe(),
                    Nearest.of(word.text(), family.keySet()).map(n -> "did you mean '" + n + "'?").orElse(""));
        }
        List<String> required = Shape.fields(member).stream().filter(Shape.Field::required).map(Shape.Field::key).toList();
        if (!required.isEmpty()) {
            return report(word.at(), path, path + ": '" + word.text() + "' needs " + String.join(" and ", required),
                    "write '" + word.text() + ": {" + required.get(0) + ": …}'");
        }
        return record(member, new YamlNode.Mapping(List.of(), word.at()), join(path, word.text()));
    }

    private Object record(Class<?> type, YamlNode.Mapping node, String path) {
        List<Shape.Field> fields = Shape.fields(type);
        Map<String, Shape.Field> known = fields.stream().collect(Collectors.toMap(Shape.Field::key, f -> f, (a, b) -> a, LinkedHashMap::new));
        for (YamlNode.Entry e : node.entries()) {
            if (!known.containsKey(e.key())) {
                report(e.at(), join(path, e.key()), "unknown key '" + e.key() + "'" + (path.isEmpty() ? "" : " in " + path), suggestKey(type, e.key(), known));
            }
        }
        return components(type, node, path, Map.of());
    }

    private Object components(Class<?> type, YamlNode.Mapping node, String path, Map<String, String> defaults) {
        List<RecordComponent> components = Shape.components(type);
        Object[] args = new Object[components.size()];
        boolean ok = true;
        for (int i = 0; i < components.size(); i++) {
            RecordComponent c = components.get(i);
            args[i] = c.isAnnotationPresent(Inline.class)
                    ? components(c.getType(), node, path, Shape.inlineDefaults(c))
                    : component(Shape.field(c, defaults), node, path);
            ok &= args[i] != INVALID;
        }
        if (!ok) {
            return INVALID;
        }
        Object value;
        try {
            value = Shape.construct(type, args);
        } catch (IllegalArgumentException e) {
            return report(node.at(), path, e.getMessage(), "");
        }
        if (value instanceof Checked checked) {
            checked.check(new Findings(path, node, problems));
        }
        return value;
    }

    private Object component(Shape.Field field, YamlNode.Mapping node, String path) {
        String at = join(path, field.key());
        Optional<YamlNode.Entry> given = node.entry(field.key());
        if (given.isPresent()) {
            return value(field.component().getGenericType(), field.component(), given.get().value(), at);
        }
        if (field.fallback() != null) {
            return fallback(field, node, at);
        }
        if (field.optional()) {
            return Optional.empty();
        }
        return report(node.at(), at, "missing key '" + field.key() + "'" + (path.isEmpty() ? "" : " in " + path), field.doc().isEmpty() ? "" : lowerFirst(field.doc()));
    }

    /** A default is a plain word, {@code {}}, or a text with the value of a sibling in it. */
    private Object fallback(Shape.Field field, YamlNode.Mapping node, String at) {
        String text = field.fallback();
        YamlNode written;
        Matcher sibling = SIBLING.matcher(text);
        if (text.equals("{}")) {
            written = new YamlNode.Mapping(List.of(), node.at());
        } else if (!sibling.find()) {
            written = new YamlNode.Scalar(text, true, node.at());
        } else if (node.entry(sibling.group(1)).map(YamlNode.Entry::value).orElse(null) instanceof YamlNode.Scalar s) {
            written = new YamlNode.Scalar(text.replace(sibling.group(), s.text()), false, node.at());
        } else {
            return INVALID; // the sibling is wrong or missing, which is reported there
        }
        List<Problem> none = new ArrayList<>();
        Object value = new RecordDecoder(base, false, none).value(field.component().getGenericType(), field.component(), written, at);
        if (!none.isEmpty() && !SIBLING.matcher(text).find()) {
            throw new IllegalStateException("The default of " + at + " is not valid: " + none);
        }
        return value;
    }

    private static String suggestKey(Class<?> type, String key, Map<String, Shape.Field> known) {
        NoSuchSetting none = type.getAnnotation(NoSuchSetting.class);
        if (none != null && List.of(none.keys()).contains(key)) {
            return none.says();
        }
        for (Shape.Field f : known.values()) {
            Synonyms synonyms = f.component().getAnnotation(Synonyms.class);
            if (synonyms != null && List.of(synonyms.value()).contains(key)) {
                return "did you mean '" + f.key() + "'?";
            }
        }
        return Nearest.of(key, known.keySet()).map(n -> "did you mean '" + n + "'?")
                .orElse(known.isEmpty() ? "it has no settings" : "known are " + String.join(", ", new TreeSet<>(known.keySet())));
    }

    private static String keys(Class<?> record) {
        List<String> keys = Shape.fields(record).stream().map(Shape.Field::key).toList();
        return String.join(", ", keys.subList(0, Math.min(6, keys.size()))) + (keys.size() > 6 ? ", …" : "");
    }

    private Object wrongKind(YamlNode node, String path, String required, String suggestion) {
        return report(node.at(), path, (path.isEmpty() ? "the document" : path) + " must be " + required + ", found " + node.describe(), suggestion);
    }

    private Object report(Place at, String path, String message, String suggestion) {
        problems.add(new Problem(at, path, message, suggestion));
        return INVALID;
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String lowerFirst(String s) {
        boolean word = s.length() > 1 && Character.isLowerCase(s.charAt(1));
        return (word ? Character.toLowerCase(s.charAt(0)) : s.charAt(0)) + s.substring(1).replaceAll("\\.$", "");
    }
}
