/**
 * Text to ids and back, with offsets into the text. A {@link dev.lanewise.tokenizer.Tokenizer} is a pipeline made of data:
 *
 * <pre>
 * text -&gt; added tokens -&gt; normalisers -&gt; added tokens of normalised text -&gt; pre-tokenizers -&gt; model -&gt; template -&gt; ids
 * </pre>
 *
 * <p>Each stage is a class of its own and knows only {@code NormalizedText}, which carries the origin
 * of every character through all of them; so another normaliser, way to divide the text, or model takes the place of one class.
 * Everything that a call needs lies in the caller's {@link dev.lanewise.tokenizer.Tokens}, so that the tokenizer itself is
 * immutable and shared. The way back, from ids to text, is a {@link dev.lanewise.tokenizer.PieceDecoder}, by which a
 * {@link dev.lanewise.tokenizer.StreamDecoder} works id by id.
 *
 * <p>The reference is the Rust library {@code tokenizers} of Hugging Face, version 0.21 and later: the same ids and the same
 * offsets, down to the age of its Unicode tables. (BERT's stages and the normal forms have old ones, which are kept here; its
 * patterns have those of Unicode 16, the JDK's own on JDK 25.) For GGUF files it is llama.cpp, for files of SentencePiece
 * that itself: the same ids. No tensor, no file
 * format and no JSON here, and no {@code java.util.regex}: patterns become machines that never go back, so that time and memory
 * are linear in the text, or n log n where neighbours are merged, whatever the text and whatever the vocabulary.
 */
package dev.lanewise.tokenizer;
