package org.align4j.recipes.recipe;

import org.align4j.core.io.DType;
import org.align4j.recipes.yaml.Synonyms;

/** Types that merged weights can be written in. */
public enum MergeType {
    @Synonyms({"fp32", "f32"})
    FLOAT32(DType.F32),
    @Synonyms({"bf16"})
    BFLOAT16(DType.BF16),
    @Synonyms({"fp16", "f16", "half"})
    FLOAT16(DType.F16);

    private final DType type;

    MergeType(DType type) {
        this.type = type;
    }

    /** The type in files. */
    public DType type() {
        return type;
    }
}
