/** Frozen weights in four bits: levels, blocks, scales and how they lie in memory. */
package org.align4j.core.quant;
