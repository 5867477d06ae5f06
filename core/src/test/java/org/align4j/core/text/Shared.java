package org.align4j.core.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Tokenizers of real models, where they are present. */
final class Shared {
    private Shared() {}

    static Path directory(String name) {
        Path path = Path.of(System.getProperty("align4j.shared", "absent"), name.split("/"));
        Assumptions.assumeTrue(Files.isDirectory(path), "skipped: ../shared/" + name + " is not here");
        return path;
    }

    /** A model directory with the tokenizer of {@code name} and other files beside it. */
    static HfTokenizer with(Path temp, String name, Map<String, String> files) {
        try {
            Files.copy(directory(name).resolve("tokenizer.json"), temp.resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
            for (Map.Entry<String, String> e : files.entrySet()) {
                Files.writeString(temp.resolve(e.getKey()), e.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HfTokenizer.load(temp);
    }
}
