package org.align4j.recipes.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Settings a record does not have although one might expect them: what to say to somebody who gives one. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface NoSuchSetting {
    /** The keys. */
    String[] keys();

    /** Why there are none and what to do. */
    String says();
}
