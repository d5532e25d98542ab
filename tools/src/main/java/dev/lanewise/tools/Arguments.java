package dev.lanewise.tools;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The arguments as they were typed. In a locale without UTF-8 (LC_ALL=C) the JVM turns every byte above 127 into U+FFFD before
 * we see it; Linux still knows the bytes.
 */
final class Arguments {
    /** How a restarted process is given its arguments: in ASCII, which every locale carries. */
    static final String PROPERTY = "lanewise.arguments";

    private static final char REPLACEMENT = '\uFFFD';

    private Arguments() {}

    static String[] exact(String[] args) {
        String handedOver = System.getProperty(PROPERTY);
        if (handedOver != null) {
            return handedOver.isEmpty()
                    ? new String[0]
                    : Stream.of(handedOver.split("&", -1)).map(arg -> URLDecoder.decode(arg, StandardCharsets.UTF_8))
                            .toArray(String[]::new);
        }
        boolean damaged = Stream.of(args).anyMatch(arg -> arg.indexOf(REPLACEMENT) >= 0);
        return damaged ? fromSystem(args) : args;
    }

    /** The property's value for these arguments. */
    static String encode(String[] args) {
        return Stream.of(args).map(arg -> URLEncoder.encode(arg, StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static String[] fromSystem(String[] args) {
        try {
            String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
            List<String> all = List.of(line.split("\0", -1)); // each ends with a zero, so that the last part is empty
            int end = all.size() - 1;
            return all.subList(end - args.length, end).toArray(String[]::new);
        } catch (IOException | IndexOutOfBoundsException e) {
            return args; // not Linux, or not UTF-8: take what the JVM made of it
        }
    }
}
