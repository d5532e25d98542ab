package dev.lanewise.tools.command;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.tools.console.Console.OutputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/** Turns what was thrown into a line or two for a person. */
final class Failures {
    private static final String HINT = " (add --debug for the details)";

    private Failures() {}

    /** What is wrong, where, and what to do. */
    static String describe(Throwable failure) {
        return switch (failure) {
            case UncheckedIOException e -> describe(e.getCause());
            case IOException e -> describe(e);
            case LanewiseException e -> e.getMessage();
            case IllegalArgumentException e when e.getMessage() != null -> describe(e);
            case OutOfMemoryError e -> "out of memory; give the JVM more, as with JAVA_TOOL_OPTIONS=-Xmx4g" + HINT;
            case Exception e -> "an error that should not happen: " + e + HINT;
            default -> "an error that should not happen: " + failure + HINT;
        };
    }

    private static String describe(IllegalArgumentException failure) {
        return failure instanceof InvalidPathException e
                ? "not a path: " + e.getInput() + " (" + e.getReason() + ")"
                : failure.getMessage();
    }

    private static String describe(IOException failure) {
        return switch (failure) {
            case OutputException e -> "the result could not be written: " + e.getMessage();
            case NoSuchFileException e -> e.getFile() + ": " + orElse(e.getReason(), "no such file or folder");
            case AccessDeniedException e -> e.getFile() + ": no permission";
            case NotDirectoryException e -> e.getFile() + ": not a folder";
            case FileAlreadyExistsException e -> e.getFile() + ": is in the way";
            case FileSystemException e -> e.getFile() + ": " + plain(orElse(e.getReason(), "cannot be used"));
            case FileNotFoundException e -> orElse(e.getMessage(), "no such file");
            case CharacterCodingException e -> "the input is not UTF-8";
            case ClosedByInterruptException e -> "interrupted";
            case UnknownHostException e -> "no network: " + e.getMessage() + " is not known";
            default -> plain(orElse(failure.getMessage(), failure.toString()));
        };
    }

    /** The words of the operating system, in ours. */
    private static String plain(String reason) {
        String lower = reason.toLowerCase(Locale.ROOT);
        if (lower.contains("no space left")) {
            return "no space left on the disk (LANEWISE_HOME can put the cache on another)";
        }
        if (lower.contains("is a directory")) {
            return "is a folder; a file is needed";
        }
        return reason;
    }

    private static String orElse(String message, String otherwise) {
        return message == null || message.isBlank() ? otherwise : message;
    }
}
