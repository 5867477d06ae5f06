/**
 * YAML to Java records and back, with every fault reported at once and at its place.
 *
 * <p>{@link org.align4j.recipes.yaml.YamlReader} turns text into a tree whose every node knows where it stood,
 * {@link org.align4j.recipes.yaml.Overrides} edits that tree, {@link org.align4j.recipes.yaml.RecordDecoder} turns it into records described by
 * the annotations of this package, {@link org.align4j.recipes.yaml.RecordWriter} writes them back and
 * {@link org.align4j.recipes.yaml.JsonSchema} describes them to editors. All three read the same annotations, so they cannot disagree.
 */
package org.align4j.recipes.yaml;
