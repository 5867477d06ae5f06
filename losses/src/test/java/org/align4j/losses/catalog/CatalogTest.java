package org.align4j.losses.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.losses.Loss;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private static final Path DOCS = Path.of("..", "docs", "losses.md");

    /** Whatever is compiled into the module and implements Loss is in the catalog, once. */
    @Test
    void everyLossIsListedExactlyOnce() throws Exception {
        List<Class<?>> losses = compiled().stream().filter(c -> c.isRecord() && Loss.class.isAssignableFrom(c)).toList();
        assertTrue(losses.size() > 40, "found " + losses.size());
        for (Class<?> c : losses) {
            assertEquals(1, Catalog.objectives().stream().filter(o -> o.instance().getClass() == c).count(), c.getName());
        }
        assertEquals(losses.size(), Catalog.objectives().stream().filter(o -> o.instance() instanceof Loss).count());
    }

    /** The other objectives have no common type; their packages and names tell them. */
    @Test
    void everyObjectiveOfPoliciesAndRewardModelsIsListed() throws Exception {
        List<Class<?>> others = compiled().stream().filter(c -> c.isRecord() && Modifier.isPublic(c.getModifiers()) && c.getSimpleName().endsWith("Loss"))
                .filter(c -> !Loss.class.isAssignableFrom(c)).toList();
        assertTrue(others.size() >= 13, "found " + others.size());
        for (Class<?> c : others) {
            assertTrue(Catalog.objectives().stream().anyMatch(o -> o.instance().getClass() == c), c.getName());
        }
    }

    @Test
    void namesAreUniqueAndFound() {
        List<String> names = Catalog.objectives().stream().map(Objective::name).toList();
        assertEquals(names.size(), names.stream().distinct().count(), names.toString());
        for (Objective o : Catalog.objectives()) {
            assertEquals(o, Catalog.find(o.name()));
            if (o.instance() instanceof Loss loss) {
                assertEquals(loss.name(), o.name());
            }
        }
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Catalog.find("dpoo")).getMessage().contains("simpo"));
    }

    /** A class with a default constructor is listed with its defaults, not with a choice of somebody's. */
    @Test
    void instancesAreTheDefaults() throws Exception {
        for (Objective o : Catalog.objectives()) {
            Class<?> type = o.instance().getClass();
            boolean hasDefault = Stream.of(type.getConstructors()).anyMatch(c -> c.getParameterCount() == 0);
            if (hasDefault) {
                assertEquals(type.getConstructor().newInstance(), o.instance(), o.name());
            } else {
                assertTrue(List.of("Mixture", "GrpoLoss", "Whitening").contains(type.getSimpleName()), type + " has no constructor without arguments");
            }
        }
    }

    /** The catalog and the class agree about where an objective is from. */
    @Test
    void papersAreThoseOfTheJavadoc() throws IOException {
        Path sources = Path.of("src", "main", "java");
        for (Objective o : Catalog.objectives()) {
            String source = Files.readString(sources.resolve(o.instance().getClass().getName().replace('.', '/') + ".java"));
            assertTrue(source.contains("\"" + o.paper().link() + "\""), o.name() + ": " + o.paper().link());
            assertTrue(source.contains(String.valueOf(o.paper().year())), o.name() + ": " + o.paper().year());
            assertFalse(o.formula().isBlank(), o.name());
        }
    }

    @Test
    void parametersAreRead() {
        assertEquals("[beta 0.1, labelSmoothing 0, referenceFree false]", parameters("dpo"));
        assertEquals("[beta 0.1, labelSmoothing 0.001]", parameters("exo"));
        assertEquals("[weighting clipped(0.2, 0.28), level token, beta 0, aggregation token mean]", parameters("dapo"));
        assertEquals("[inner dpo]", parameters("wpo"));
    }

    /** To write the page: {@code mvn -pl losses test -Dtest=CatalogTest -Dalign4j.docs.write=true}. */
    @Test
    void thePageIsUpToDate() throws IOException {
        if (Boolean.getBoolean("align4j.docs.write")) {
            Files.writeString(DOCS, Page.render());
        }
        String hint = "docs/losses.md is not what the catalog generates; write it with -Dalign4j.docs.write=true";
        List<String> generated = Page.render().lines().toList();
        List<String> written = Files.readAllLines(DOCS);
        for (int i = 0; i < Math.min(generated.size(), written.size()); i++) {
            assertEquals(generated.get(i), written.get(i), hint + "; line " + (i + 1));
        }
        assertEquals(generated.size(), written.size(), hint);
    }

    private static String parameters(String name) {
        return Catalog.find(name).parameters().stream().map(p -> p.name() + " " + p.text()).toList().toString();
    }

    private static List<Class<?>> compiled() throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(Loss.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertTrue(Files.isDirectory(root), root + " is no directory of classes");
        List<String> names;
        try (Stream<Path> files = Files.walk(root)) {
            names = files.map(f -> root.relativize(f).toString()).filter(f -> f.endsWith(".class") && !f.contains("-info"))
                    .map(f -> f.substring(0, f.length() - 6).replace(File.separatorChar, '.')).sorted().toList();
        }
        List<Class<?>> classes = new ArrayList<>();
        for (String name : names) {
            classes.add(Class.forName(name, false, Loss.class.getClassLoader()));
        }
        return classes;
    }
}
