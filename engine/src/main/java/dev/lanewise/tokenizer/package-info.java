/** Text to ids and back. Touches no tensor. */
package dev.lanewise.tokenizer;
