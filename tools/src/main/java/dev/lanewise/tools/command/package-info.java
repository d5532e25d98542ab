/**
 * The commands, one class each: what a user types, turned into calls of the engine, the converter and the cache, and their
 * results into text or JSON. Results go to standard output, everything else to standard error.
 */
package dev.lanewise.tools.command;
