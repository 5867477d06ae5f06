package org.align4j.recipes.quickstart;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import tools.jackson.databind.json.JsonMapper;

/** Where everything of a quickstart is. */
record QuickstartFiles(Path root) {

    /** An empty place to work in. */
    static QuickstartFiles create(Path root) {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new UserException("The output " + root + " must be a directory, found a file; choose another with --output.");
        }
        if (Files.isDirectory(root)) {
            try (Stream<Path> entries = Files.list(root)) {
                if (entries.findAny().isPresent()) {
                    throw new UserException("The output directory " + root + " is not empty, and nothing in it is overwritten; choose another with --output, or delete it.");
                }
            } catch (IOException e) {
                throw new UserException("Cannot read the output directory " + root + ": " + e.getMessage() + "; choose another with --output.", e);
            }
        }
        QuickstartFiles files = new QuickstartFiles(root);
        AtomicFiles.createDirectories(files.data(""));
        return files;
    }

    Path data(String name) {
        return root.resolve("data").resolve(name);
    }

    Path tokenizer() {
        return root.resolve("tokenizer");
    }

    Path recipe(String run) {
        return root.resolve(run + ".yaml");
    }

    Path run(String run) {
        return root.resolve(run);
    }

    Path report() {
        return root.resolve("report.html");
    }

    Path results() {
        return root.resolve("results.json");
    }

    /** Writes rows as JSON Lines. */
    void write(String name, List<Map<String, String>> rows) {
        JsonMapper json = JsonMapper.builder().build();
        AtomicFiles.write(data(name), stream -> {
            Writer out = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
            try {
                for (Map<String, String> row : rows) {
                    out.write(json.writeValueAsString(row));
                    out.write('\n');
                }
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
