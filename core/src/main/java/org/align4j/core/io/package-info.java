/** Files of models: safetensors, Hugging Face directories, digests, and writing that is atomic. */
package org.align4j.core.io;
