/**
 * Recordings in files: decoding through the JDK's own audio support, and the way to another sampling rate. Everything streams:
 * memory does not depend on how long a recording is.
 *
 * <p>Never here: models.
 */
package dev.lanewise.tools.audio;
