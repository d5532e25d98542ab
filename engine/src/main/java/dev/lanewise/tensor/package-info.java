/**
 * What the bytes of a tensor mean: its type, its layout, its shape. Nothing here reads a file or computes.
 */
package dev.lanewise.tensor;
