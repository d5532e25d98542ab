package dev.lanewise.bench.peer;

import java.nio.file.Path;

/**
 * A decoder, one text at a time.
 *
 * @param gguf its file
 * @param tokens how many it must have room for
 */
public record GenerateTask(Path gguf, int tokens) {}
