package dev.lanewise.tools.console;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command has around it. Results go to {@link #out}, everything else to {@link #err}, both UTF-8 whatever the locale
 * says. Not thread-safe, except that {@link #err} may be written by any thread.
 */
public final class Console {
    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private final Sink sink;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final Map<String, String> environment;

    /**
     * @param environment the environment variables
     * @param terminal whether a person sees what is written to {@code err} while it is written, so that a line may be
     *            painted over
     */
    public Console(InputStream in, OutputStream out, OutputStream err, Map<String, String> environment,
            boolean terminal) {
        this.in = in;
        this.sink = new Sink(out);
        this.out = new PrintStream(new BufferedOutputStream(sink, BUFFER), false, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.environment = Map.copyOf(environment);
        this.terminal = terminal;
    }

    /** The console of this process. */
    public static Console ofProcess() {
        return new Console(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err), System.getenv(), errorsGoToTerminal());
    }

    /** Java tells only whether input and output are both a terminal; Linux tells of each. */
    private static boolean errorsGoToTerminal() {
        Path errors = Path.of("/proc/self/fd/2");
        if (!Files.isSymbolicLink(errors)) {
            return System.console() != null;
        }
        try {
            String device = Files.readSymbolicLink(errors).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /** What {@code --file -} reads. */
    public InputStream in() {
        return in;
    }

    /** Takes results. Never throws: {@link #flush} tells what went wrong. */
    public PrintStream out() {
        return out;
    }

    /** Takes messages, progress and figures. */
    public PrintStream err() {
        return err;
    }

    /** Whether a line on {@link #err} may be painted over. */
    public boolean isTerminal() {
        return terminal;
    }

    /** The environment variables of whoever called. */
    public Map<String, String> environment() {
        return environment;
    }

    /** A line for a person, said in the name of the program. */
    public void say(String message) {
        err.println("lanewise: " + message);
    }

    /**
     * Writes out what was printed.
     *
     * @throws OutputException if it, or anything before it, could not be written
     */
    public void flush() throws OutputException {
        out.flush();
        if (sink.failure != null) {
            throw new OutputException(sink.failure);
        }
    }

    /** Results could not be written. */
    public static final class OutputException extends IOException {
        private static final long serialVersionUID = 1L;

        OutputException(IOException cause) {
            super(cause.getMessage(), cause);
        }

        /** Whether the reader has gone, as {@code head} does when it has seen enough. */
        public boolean isReaderGone() {
            String message = String.valueOf(getMessage());
            return message.contains("Broken pipe") || message.contains("pipe is being closed");
        }
    }

    /** Remembers why writing failed, which a {@link PrintStream} forgets. */
    private static final class Sink extends OutputStream {
        private final OutputStream to;
        private IOException failure;

        Sink(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (failure != null) {
                throw failure;
            }
            try {
                to.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }
    }
}
