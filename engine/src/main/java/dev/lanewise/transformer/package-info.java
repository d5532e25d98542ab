/**
 * The diagram of "Attention Is All You Need" (Vaswani et al., 2017), box by box: {@link dev.lanewise.transformer.Embedding},
 * {@link dev.lanewise.transformer.PositionEncoding}, {@link dev.lanewise.transformer.MultiHeadAttention},
 * {@link dev.lanewise.transformer.AddAndNorm}, {@link dev.lanewise.transformer.FeedForward}, in an
 * {@link dev.lanewise.transformer.EncoderLayer}, in an {@link dev.lanewise.transformer.Encoder}; with
 * {@link dev.lanewise.transformer.Linear} inside the boxes and {@link dev.lanewise.transformer.Pooling} behind.
 *
 * <p>Boxes are immutable and hold weights; what changes is in a {@link dev.lanewise.transformer.Session}, one a caller.
 * Inputs are ragged: the tokens of a {@link dev.lanewise.transformer.Batch}'s texts stand one text behind the other, nothing
 * is padded, and only attention knows where a text ends. What makes one family of models differ from another is in
 * {@link dev.lanewise.spec.TransformerSpec}; no class here belongs to a family.
 */
package dev.lanewise.transformer;
