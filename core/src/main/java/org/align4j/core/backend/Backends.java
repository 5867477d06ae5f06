package org.align4j.core.backend;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.align4j.core.backend.internal.onednn.OneDnnBackend;
import org.align4j.core.backend.internal.onednn.OneDnnCpu;

/** Chooses a backend once and says why. */
public final class Backends {
    private Backends() {}

    /** What the user asks for: the fastest there is on this machine, oneDNN over ND4J memory, or portable ND4J operations. */
    public enum Choice { AUTO, ONEDNN, ND4J }

    /**
     * An open backend and the reason it was chosen, in one line.
     *
     * @param warnings what the user should know, such as a precision this CPU has no instructions for
     */
    public record Chosen(Backend backend, String reason, List<String> warnings) {}

    /**
     * Opens a backend.
     *
     * @param precision null for automatic: bfloat16 where the CPU has instructions for its products, float32 elsewhere
     */
    public static Chosen open(Choice choice, Precision precision) {
        List<String> warnings = new ArrayList<>();
        String missing = OneDnnCpu.problem();
        if (choice == Choice.ONEDNN && missing != null) {
            throw new UserException("The backend onednn cannot be used here: " + missing + ". Use backend: auto or nd4j.");
        }
        if (choice == Choice.ND4J || missing != null) {
            Precision p = precision == null ? Precision.FP32 : precision;
            return new Chosen(new Nd4jBackend(p), choice == Choice.ND4J ? "nd4j, " + p + ": asked for"
                    : "nd4j, " + p + ": oneDNN cannot be used (" + missing + ")", warnings);
        }
        boolean units = OneDnnCpu.bf16Units();
        Precision p = precision != null ? precision : units ? Precision.BF16 : Precision.FP32;
        if (p == Precision.BF16 && !units) {
            warnings.add("This CPU has no bfloat16 matrix instructions: matrix products are computed in float32 although bf16 was asked for.");
        }
        String why = precision != null ? "asked for" : units ? "the CPU has bfloat16 matrix instructions (" + OneDnnCpu.isa() + ")"
                : "the CPU has no bfloat16 matrix instructions (" + OneDnnCpu.isa() + ")";
        return new Chosen(new OneDnnBackend(p, units), "onednn, " + p + ": " + why, warnings);
    }
}
