/** What may happen when threads meet in the scheduler, and what may not: tests for jcstress, on the classes of the engine. */
package dev.lanewise.bench.stress;
