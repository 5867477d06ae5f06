package org.align4j.core.io;

import java.util.Optional;

/** Element types of safetensors files, with their size in bytes. Floating-point types of 16 bits and more can be read as float32. */
public enum DType {
    F64(8, true),
    F32(4, true),
    F16(2, true),
    BF16(2, true),
    I64(8, false),
    U64(8, false),
    I32(4, false),
    U32(4, false),
    I16(2, false),
    U16(2, false),
    I8(1, false),
    U8(1, false),
    BOOL(1, false),
    F8_E4M3(1, false),
    F8_E5M2(1, false);

    private final int bytes;
    private final boolean readable;

    DType(int bytes, boolean readable) {
        this.bytes = bytes;
        this.readable = readable;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether {@link SafeTensorsFile#read} converts this type to float32. */
    public boolean readableAsFloat() {
        return readable;
    }

    /** The type of that name, as it is written in a header. */
    public static Optional<DType> named(String name) {
        for (DType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
