/**
 * Text to ids and back, with offsets into the text. A {@link dev.lanewise.tokenizer.Tokenizer} is a pipeline made of data:
 *
 * <pre>
 * text -&gt; added tokens -&gt; normaliser -&gt; added tokens of normalised text -&gt; words -&gt; model -&gt; template -&gt; ids
 * </pre>
 *
 * <p>Each stage is a class of its own and knows only {@code NormalizedText}, which carries the origin
 * of every character through all of them; so another normaliser, way to find words, or model takes the place of one class.
 * Everything that a call needs lies in the caller's {@link dev.lanewise.tokenizer.Tokens}, so that the tokenizer itself is
 * immutable and shared.
 *
 * <p>The reference is the Rust library {@code tokenizers} of Hugging Face, version 0.21 and later: the same ids and the same
 * offsets, down to the age of its Unicode tables. No tensor, no file format and no JSON here, and no regular expressions:
 * time and memory are linear in the text, whatever the text and whatever the vocabulary.
 */
package dev.lanewise.tokenizer;
