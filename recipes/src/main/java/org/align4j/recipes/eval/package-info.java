/** What models are worth: what is measured, measuring it, and figures with intervals. */
package org.align4j.recipes.eval;
