package org.align4j.recipes.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A record written as one word or number: it has a static {@code parse(String)} that throws IllegalArgumentException saying what is required, and a {@code toString()} that parses back to an equal value. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TextForm {
    /** What JSON calls it: string, number, or either: a word or a whole number. */
    String json();

    /** What values look like, to follow "must be". */
    String says();
}
