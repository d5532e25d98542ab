/**
 * How one of many logits becomes the next token, and when a text ends: the {@link dev.lanewise.generation.Sampler}'s chain of
 * rules, its random numbers, {@link dev.lanewise.generation.StopText}; {@link dev.lanewise.generation.BeamSearch}; what may
 * come next in the text of a recording. Reads no weights and knows no model. All arithmetic is in a fixed order, in doubles (a softmax
 * of beams adds blocks of floats), with {@link java.lang.StrictMath}: the same logits and the same seed give the same token on any machine.
 */
package dev.lanewise.generation;
