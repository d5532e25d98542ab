package dev.lanewise.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.tools.command.Commands;
import dev.lanewise.tools.console.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs commands in this JVM, with a cache of their own. */
public final class Cli {
    private final Map<String, String> environment = new HashMap<>();
    private String input = "";

    /** @param cache the cache folder */
    public Cli(Path cache) {
        environment.put("LANEWISE_HOME", cache.toString());
    }

    /**
     * What a command did.
     *
     * @param code its exit code
     * @param out what it printed
     * @param err what it said
     */
    public record Result(int code, String out, String err) {
        /** What it printed, as JSON. */
        public JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    /** The same with an environment variable. */
    public Cli with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The same with a standard input. */
    public Cli reading(String text) {
        input = text;
        return this;
    }

    /** Runs a command. */
    public Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Commands.run(args, new Console(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out,
                err, environment, false));
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
