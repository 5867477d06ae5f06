/**
 * The part of Jinja that chat templates use, with the text semantics of Python's Jinja 3.1 (blocks trimmed and left-stripped).
 *
 * <p>Templates come with models and are not trusted: values are strings, numbers, booleans, lists and maps only, nothing
 * reaches Java objects, and time, memory and depth are bounded. What is outside the subset is an error with its line, never
 * other text: template inheritance, imports, recursive loops, {@code do}, {@code *args} in calls, HTML escaping, and the
 * filters, tests and methods not listed in {@code Filters}, {@code Tests} and {@code StringMethods}.
 */
package org.align4j.core.text.jinja;
