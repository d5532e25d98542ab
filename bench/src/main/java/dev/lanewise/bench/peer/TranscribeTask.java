package dev.lanewise.bench.peer;

import java.nio.file.Path;

/**
 * A window of speech to text with a model of Whisper's kind, the most probable token each time, without times.
 *
 * @param model a folder of CTranslate2
 * @param features of the window, {@code [mels][frames]} little-endian floats
 * @param mels features of a frame
 * @param language what is spoken, as {@code en}
 */
public record TranscribeTask(Path model, Path features, int mels, String language) {}
