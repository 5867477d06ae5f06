package org.align4j.core.text;

/**
 * Settings of the native tokenizers library, made before its first use: no download of another build of itself, no
 * usage report. Settings the user made are left alone.
 */
final class TokenizerLibrary {
    private TokenizerLibrary() {}

    static void prepare() {
        setDefault("ai.djl.offline", "true");
        setDefault("OPT_OUT_TRACKING", "true");
        // On a machine with a GPU the library would otherwise look for a CUDA build of itself, which is not in the jar.
        setDefault("RUST_FLAVOR", "cpu");
    }

    private static void setDefault(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
