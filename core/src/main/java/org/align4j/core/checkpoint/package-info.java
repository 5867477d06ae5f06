/** Checkpoints that survive a kill at any moment and tell when they are damaged. */
package org.align4j.core.checkpoint;
