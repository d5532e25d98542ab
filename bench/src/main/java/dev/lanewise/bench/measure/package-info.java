/** How to measure: interleaved samples, their statistics, the limits of the machine, and what kind of machine it is. */
package dev.lanewise.bench.measure;
