package org.align4j.core.backend;

import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.nd4j.linalg.factory.Nd4j;

@Tag("slow")
class Nd4jBackendTest implements BackendConformance {
    private static int threads;

    /** Operands here are too small to be worth threads, and threads that wait for one another cost milliseconds where cores are shared. */
    @BeforeAll
    static void oneThread() {
        threads = Nd4j.getEnvironment().maxMasterThreads();
        Nd4j.getEnvironment().setMaxMasterThreads(1);
    }

    @AfterAll
    static void allThreads() {
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
    }

    @Override
    public Backend open(Precision precision) {
        return new Nd4jBackend(precision);
    }

    @Override
    public boolean takesColumnsEverywhere() {
        return true;
    }

    @Override
    public boolean alwaysRoundsOperands() {
        return true;
    }
}
