/** What {@code lanewise bench} can run, a class each, and our side of the tasks. */
package dev.lanewise.bench.scenario;
