/** Jlama in a process of its own: it wants other releases of what we use, and has its threads and settings for the whole JVM. */
package dev.lanewise.bench.jlama;
