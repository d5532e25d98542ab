/**
 * From samples to what an encoder of speech reads. Pure arithmetic on arrays.
 *
 * <p>Never here: models, files, threads. Reading audio files is no part of the engine.
 */
package dev.lanewise.audio;
