package org.align4j.recipes;

import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.run.AllCommands;

/** Entry point of the {@code align4j} command. */
public final class Align4j {
    private Align4j() {}

    public static void main(String[] args) {
        System.exit(new Main(new AllCommands(), Terminal.ofProcess()).execute(args));
    }
}
