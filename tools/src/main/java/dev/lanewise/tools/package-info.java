/** The command line: one executable jar that converts, inspects, verifies and runs models. */
package dev.lanewise.tools;
