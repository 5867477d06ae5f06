/**
 * From text to token ids and back: Hugging Face tokenizers, chat templates, and the encoder that puts the boundary
 * between prompt and response where it belongs.
 */
package org.align4j.core.text;
