package org.align4j.core.io;

import java.nio.file.Path;
import java.util.Map;

/** Named tensors that can be read as float32: one safetensors file, or a model made of several. */
public interface TensorSource extends AutoCloseable {

    /** The file or directory, for messages. */
    Path path();

    /** Every tensor by name, in the order they are stored. */
    Map<String, TensorInfo> tensors();

    /**
     * Copies {@code count} elements of a tensor, counted row-major from {@code elementOffset}, to {@code dst} from {@code dstOffset},
     * converted to float32 (BF16 and F16 exactly, F64 rounded).
     *
     * @throws org.align4j.core.UserException if there is no such tensor, it is of a type that has no float32 reading, or the file cannot be read
     * @throws IndexOutOfBoundsException if the range does not lie within the tensor or the array
     */
    void read(String name, long elementOffset, float[] dst, int dstOffset, int count);

    /** Releases the files; reading afterwards throws IllegalStateException. */
    @Override
    void close();
}
