package org.align4j.recipes.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A sealed family whose members may be written as their name alone where none of their settings has to be given: {@code frozen} for {@code frozen: {}}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OneWord {
}
