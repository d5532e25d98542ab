/**
 * The failures a caller can meet: few, typed, each saying what, where and what to do. Below every other package, so that
 * each can throw them; nothing else lives here.
 */
package dev.lanewise.error;
