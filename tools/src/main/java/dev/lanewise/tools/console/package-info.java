/** Where the command line reads and writes: streams, messages, progress. Knows no command and no model. */
package dev.lanewise.tools.console;
