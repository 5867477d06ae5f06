package org.align4j.recipes.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Bounds of a number, inclusive unless said otherwise; for a list of numbers, of each; for any other list, of its length. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
    double min() default Double.NEGATIVE_INFINITY;

    double max() default Double.POSITIVE_INFINITY;

    /** Numbers must be greater than this. */
    double above() default Double.NEGATIVE_INFINITY;

    /** Numbers must be less than this. */
    double below() default Double.POSITIVE_INFINITY;
}
