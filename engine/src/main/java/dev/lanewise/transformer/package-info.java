/**
 * The diagram of "Attention Is All You Need" (Vaswani et al., 2017), box by box: {@link dev.lanewise.transformer.Embedding},
 * {@link dev.lanewise.transformer.PositionEncoding} ({@link dev.lanewise.transformer.Rotary} and
 * {@link dev.lanewise.transformer.ScoreBias} within attention), {@link dev.lanewise.transformer.MultiHeadAttention} around
 * {@link dev.lanewise.transformer.ScaledDotProductAttention}, {@link dev.lanewise.transformer.AddAndNorm},
 * {@link dev.lanewise.transformer.FeedForward} or {@link dev.lanewise.transformer.Experts}, in a
 * {@link dev.lanewise.transformer.Layer}, in a {@link dev.lanewise.transformer.Stack}; an
 * {@link dev.lanewise.transformer.Encoder} with {@link dev.lanewise.transformer.Pooling} and {@link dev.lanewise.transformer.DenseLayers} behind it, a
 * {@link dev.lanewise.transformer.Decoder} with its {@link dev.lanewise.transformer.Head} and its
 * {@link dev.lanewise.transformer.KeyValueCache}; both in an {@link dev.lanewise.transformer.EncoderDecoder}, whose decoder
 * attends to an {@link dev.lanewise.transformer.EncodedSource}. {@link dev.lanewise.transformer.Linear} is inside the boxes.
 *
 * <p>Boxes are immutable and hold weights; what changes is in a {@link dev.lanewise.transformer.Session}, one a caller.
 * Inputs are ragged: the tokens of a {@link dev.lanewise.transformer.Batch}'s texts stand one text behind the other, nothing
 * is padded, and only attention knows where a text ends. What makes one family of models differ from another is in
 * {@link dev.lanewise.spec.TransformerSpec}; no class here belongs to a family.
 */
package dev.lanewise.transformer;
