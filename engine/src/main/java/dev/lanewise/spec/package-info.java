/**
 * The specification: what kind of transformer a file holds, as a small tree of records, and the names and shapes of the
 * tensors it must bring. Families of models differ by these words alone. No arithmetic, no tensors.
 */
package dev.lanewise.spec;
