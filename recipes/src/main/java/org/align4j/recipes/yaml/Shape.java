package org.align4j.recipes.yaml;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the annotations of a record say of its settings. */
final class Shape {
    /** Reflection hands out new components at every call, whose annotations are parsed anew: kept per class, since they cannot change. */
    private static final ClassValue<List<RecordComponent>> COMPONENTS = new ClassValue<>() {
        @Override
        protected List<RecordComponent> computeValue(Class<?> type) {
            return List.of(type.getRecordComponents());
        }
    };

    private Shape() {}

    static List<RecordComponent> components(Class<?> record) {
        return COMPONENTS.get(record);
    }

    /**
     * One setting.
     *
     * @param key       as written in YAML
     * @param component the record component it fills
     * @param fallback  its default in YAML, null when there is none
     */
    record Field(String key, RecordComponent component, String fallback) {
        boolean optional() {
            return component.getType() == Optional.class;
        }

        boolean required() {
            return fallback == null && !optional();
        }

        String doc() {
            Doc doc = component.getAnnotation(Doc.class);
            return doc == null ? "" : doc.value();
        }
    }

    /** The settings of a record in order, those of inlined records in their place. */
    static List<Field> fields(Class<?> record) {
        return fields(record, Map.of());
    }

    static List<Field> fields(Class<?> record, Map<String, String> defaults) {
        List<Field> out = new ArrayList<>();
        for (RecordComponent c : components(record)) {
            if (c.isAnnotationPresent(Inline.class)) {
                out.addAll(fields(c.getType(), inlineDefaults(c)));
            } else {
                out.add(field(c, defaults));
            }
        }
        return out;
    }

    static Field field(RecordComponent c, Map<String, String> defaults) {
        String key = snake(c.getName());
        Default d = c.getAnnotation(Default.class);
        return new Field(key, c, defaults.getOrDefault(key, d == null ? null : d.value()));
    }

    static Map<String, String> inlineDefaults(RecordComponent c) {
        Map<String, String> out = new LinkedHashMap<>();
        for (String pair : c.getAnnotation(Inline.class).defaults()) {
            int eq = pair.indexOf('=');
            out.put(pair.substring(0, eq), pair.substring(eq + 1));
        }
        return out;
    }

    /** The members of a sealed family, and of the families in it, under the key that selects each. */
    static Map<String, Class<?>> family(Class<?> sealed) {
        Map<String, Class<?>> out = new LinkedHashMap<>();
        for (Class<?> member : sealed.getPermittedSubclasses()) {
            if (member.isSealed()) {
                out.putAll(family(member));
            } else {
                out.put(snake(member.getSimpleName()), member);
            }
        }
        return out;
    }

    static List<String> constants(Class<?> enumType) {
        return Arrays.stream(enumType.getEnumConstants()).map(c -> ((Enum<?>) c).name().toLowerCase(Locale.ROOT)).toList();
    }

    /** The constant that another tool calls so. */
    static Optional<String> synonym(Class<?> enumType, String word) {
        for (java.lang.reflect.Field f : enumType.getFields()) {
            Synonyms synonyms = f.getAnnotation(Synonyms.class);
            if (synonyms != null && List.of(synonyms.value()).contains(word)) {
                return Optional.of(f.getName().toLowerCase(Locale.ROOT));
            }
        }
        return Optional.empty();
    }

    /** {@code learningRate} to {@code learning_rate}, {@code adamBeta1} to {@code adam_beta1}. */
    static String snake(String camel) {
        return camel.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    static Type argument(Type generic, int i) {
        return ((ParameterizedType) generic).getActualTypeArguments()[i];
    }

    static Class<?> raw(Type type) {
        return type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
    }

    /** Calls the canonical constructor; an IllegalArgumentException of the record comes through, anything else is a fault of the record. */
    static Object construct(Class<?> record, Object[] args) {
        Class<?>[] types = components(record).stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = record.getDeclaredConstructor(types);
            return constructor.newInstance(args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException illegal) {
                throw illegal;
            }
            throw new IllegalStateException("The constructor of " + record.getName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(record.getName() + " needs a public canonical constructor", e);
        }
    }

    static Object get(RecordComponent c, Object record) {
        try {
            return c.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + c, e);
        }
    }
}
