package org.align4j.recipes.study;

/** Does one job after the other. Used by one thread, but for {@link #stop}. */
interface Worker extends AutoCloseable {
    /** Does a job and waits for its end; a worker that dies in it is replaced for the next one. */
    Job.Outcome run(Job job);

    /** Asks it to save and end what it does. */
    void stop();

    @Override
    void close();
}
