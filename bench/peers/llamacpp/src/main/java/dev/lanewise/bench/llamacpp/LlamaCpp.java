package dev.lanewise.bench.llamacpp;

import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.PipedDecoding;
import dev.lanewise.bench.peer.PythonPackage;
import java.io.IOException;
import java.util.Optional;

/** llama.cpp, built for this machine by the Python package llama-cpp-python, with llama.cpp's own defaults. */
public final class LlamaCpp implements Peer {
    private static final String VERSION = "0.3.36";

    private final PythonPackage python = new PythonPackage(LlamaCpp.class, "llama-cpp-python", VERSION);

    @Override
    public String title() {
        return "llama.cpp of llama-cpp-python " + VERSION + ", built here, activations rounded to 8 bits";
    }

    @Override
    public Optional<Decoding> generate(GenerateTask task, int threads) throws IOException {
        return Optional.of(new PipedDecoding(
                python.start("llama.cpp", "drive.py", task.model(), task.tokens(), threads)));
    }
}
