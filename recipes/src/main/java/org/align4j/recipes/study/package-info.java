/** Studies: a recipe over a grid of budgets, splits between demonstrations and preferences, methods and seeds; what comes of it in tables, pictures and words. */
package org.align4j.recipes.study;
