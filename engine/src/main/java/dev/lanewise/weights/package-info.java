/**
 * The {@code .lane} file: its layout, reading with validation, and mapped tensors. It knows bytes, names and shapes; what the
 * tensors mean is the business of the packages above. It computes nothing but checksums.
 *
 * <p>The layout is described in {@code docs/lane-format.md}, so that someone else could write a reader.
 */
package dev.lanewise.weights;
