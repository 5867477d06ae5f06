/** Low-rank adapters: training them on a frozen model, PEFT's files, merging. */
package org.align4j.core.adapter;
