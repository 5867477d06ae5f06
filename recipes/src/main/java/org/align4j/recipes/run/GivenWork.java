package org.align4j.recipes.run;

/** What another run has done. */
record GivenWork(String name) implements StageWork {

    @Override
    public String describe() {
        return String.format("%-12s done by another run", name);
    }

    @Override
    public Finished run(StageRun run) {
        throw new IllegalStateException(name + " was done by another run");
    }
}
