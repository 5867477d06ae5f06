package org.align4j.core.text.jinja;

/** What a missing name or key gives: empty when printed, false when tested, an error when used for anything else. */
record Undefined(String message) {
    Fault fault() {
        return new Fault(message + ".");
    }
}
