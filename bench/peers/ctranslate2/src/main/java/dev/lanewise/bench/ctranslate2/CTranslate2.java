package dev.lanewise.bench.ctranslate2;

import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.PythonPackage;
import dev.lanewise.bench.peer.TranscribeTask;
import dev.lanewise.bench.peer.TranslateTask;
import dev.lanewise.bench.peer.Translating;
import dev.lanewise.bench.peer.Work;
import java.io.IOException;
import java.util.Optional;

/** CTranslate2 as its Python package has it. */
public final class CTranslate2 implements Peer {
    private static final String NAME = "CTranslate2";
    private static final String VERSION = "4.8.5";

    private final PythonPackage python = new PythonPackage(CTranslate2.class, "ctranslate2", VERSION, "numpy");

    @Override
    public String title() {
        return NAME + " " + VERSION + ", with the quickest of its ways to use the threads";
    }

    @Override
    public Optional<Translating> translate(TranslateTask task, int threads) throws IOException {
        return Optional.of(new PipedTranslating(python.start(NAME, "drive.py", task.weights(), task.layers(),
                task.width(), task.heads(), task.inner(), task.vocabulary(), task.positions(), task.start(), task.end(),
                task.eightBits() ? "int8" : "float32", threads)));
    }

    @Override
    public Optional<Work> transcribe(TranscribeTask task, int threads) throws IOException {
        return Optional.of(new PipedTranscribing(python.start(NAME, "transcribe.py", task.model(), task.features(),
                task.mels(), task.language(), threads)));
    }
}
