package org.align4j.core.backend;

import org.align4j.core.backend.internal.onednn.OneDnnBackend;

class OneDnnBackendTest implements BackendConformance {
    @Override
    public Backend open(Precision precision) {
        return new OneDnnBackend(precision, true);
    }

    @Override
    public boolean takesColumnsEverywhere() {
        return false;
    }

    /** The floating-point mode allows rounding and does not ask for it; small products may be left as they are. */
    @Override
    public boolean alwaysRoundsOperands() {
        return false;
    }
}
