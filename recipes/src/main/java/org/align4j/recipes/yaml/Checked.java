package org.align4j.recipes.yaml;

/** A record with rules that concern several of its settings; called once all of them decoded. */
public interface Checked {
    /** Reports what is wrong, at the setting to change. */
    void check(Findings findings);
}
