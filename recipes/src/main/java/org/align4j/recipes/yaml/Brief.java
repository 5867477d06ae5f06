package org.align4j.recipes.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The record of this setting may be written as one word, the value of one of its own settings: {@code models: {sft: runs/sft/model}} for {@code {sft: {path: runs/sft/model}}}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Brief {
    /** The setting that the word is the value of. */
    String value();
}
