/**
 * Arithmetic on activations ({@code float[]}) and weights (native {@code MemorySegment}s): matrix products, fused attention,
 * norms, activations. The only package that imports {@code jdk.incubator.vector}. It knows no model, no file, no thread.
 *
 * <p>{@link dev.lanewise.kernel.Kernels} says what each kernel computes; {@link dev.lanewise.kernel.ScalarKernels} is the
 * specification in plain Java and the fallback; {@link dev.lanewise.kernel.VectorKernels} is what is fast.
 *
 * <p>Two rules make results independent of threads, batches and tiles: every element of a result is computed by one fixed
 * sequence of operations over its own inputs, and sums over lanes are taken in a fixed order by hand.
 */
package dev.lanewise.kernel;
