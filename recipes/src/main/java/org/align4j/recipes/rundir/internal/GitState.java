package org.align4j.recipes.rundir.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Commit of a working directory, asked of git itself; empty when there is no repository or no git. */
public final class GitState {
    private GitState() {
    }

    public static Optional<Map<String, Object>> of(Path directory) {
        Optional<String> commit = git(directory, "rev-parse", "HEAD");
        if (commit.isEmpty() || !commit.get().matches("[0-9a-f]{40,64}")) {
            return Optional.empty();
        }
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("commit", commit.get());
        git(directory, "status", "--porcelain", "--untracked-files=no").ifPresent(s -> m.put("modified", !s.isEmpty()));
        return Optional.of(m);
    }

    private static Optional<String> git(Path directory, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git", "--no-optional-locks"));
        command.addAll(List.of(arguments));
        try {
            Process p = new ProcessBuilder(command).directory(directory.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            p.getOutputStream().close();
            String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!p.waitFor(10, TimeUnit.SECONDS)) {
                p.destroyForcibly();
                return Optional.empty();
            }
            return p.exitValue() == 0 ? Optional.of(out) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
