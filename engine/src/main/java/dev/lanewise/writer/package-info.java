/**
 * What makes a {@code .lane} file: the elements of tensors packed in their type and layout, specification and tokenizer as metadata,
 * the metadata as bytes, and the file that holds them. Only converting needs it, so it comes in a jar of its own,
 * {@code lanewise-engine-VERSION-writer.jar}, and nothing that runs a model may use it. What the packed elements mean is written
 * down in the package {@code tensor}; where everything stands in the file, in {@link dev.lanewise.weights.LaneFormat}.
 */
package dev.lanewise.writer;
