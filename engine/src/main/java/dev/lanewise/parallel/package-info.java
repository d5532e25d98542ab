/**
 * The worker crew: a few threads that share the tasks of one caller at a time. It knows no model and no arithmetic.
 */
package dev.lanewise.parallel;
