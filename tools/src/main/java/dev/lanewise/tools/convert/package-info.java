/**
 * Weights of other formats to {@code .lane}: readers of foreign formats, the mapping of each family's configuration and
 * tensor names to the specification, and the conversion itself. Everything here reads files from strangers.
 */
package dev.lanewise.tools.convert;
