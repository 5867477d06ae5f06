/** The {@code align4j} command line: reads arguments, calls {@link org.align4j.recipes.cli.Commands}, turns what comes back into words and an exit code. */
package org.align4j.recipes.cli;
