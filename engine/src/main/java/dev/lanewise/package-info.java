/**
 * The public face: open a {@code .lane} file as a {@code Model} and ask it for what you need. What fails is in
 * {@link dev.lanewise.error}.
 */
package dev.lanewise;
