/**
 * How fast Lanewise is: JMH micro-benchmarks of the kernels, and whole models side by side with other engines. Nothing
 * here is needed to run a model. A benchmark first checks that the contenders agree, then times them.
 */
package dev.lanewise.bench;
