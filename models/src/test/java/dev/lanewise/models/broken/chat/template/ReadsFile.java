package dev.lanewise.models.broken.chat.template;

import java.nio.file.Path;

/** Lets a template see files. */
public record ReadsFile(Path file) {}
