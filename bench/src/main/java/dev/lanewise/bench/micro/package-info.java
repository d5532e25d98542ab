/**
 * JMH micro-benchmarks of every kernel: {@code java -jar bench/target/lanewise-bench.jar} with JMH's own options. Each state
 * compares the kernel with its scalar twin before it is timed.
 *
 * <p>The width of the vectors is fixed for a JVM and no parameter of JMH: {@code -jvmArgs -Ddev.lanewise.vectorBits=128}
 * forces 128, 256 or 512 bits, or with 0 the scalar twins. ({@code -jvmArgsAppend} would take the place of what the benchmarks
 * append themselves, the vector module.)
 */
package dev.lanewise.bench.micro;
