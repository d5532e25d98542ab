package dev.lanewise.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tools.Cli;
import dev.lanewise.tools.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command says before it needs a model; with one: {@code WhisperTest}. */
class TranscribeCommandTest {
    @TempDir
    Path folder;
    private Cli cli;

    @BeforeEach
    void begin() {
        cli = new Cli(folder.resolve("cache"));
    }

    /** A bad recording is found before a model is fetched for it. */
    @Test
    void whatIsNoRecordingIsSaidFirst() throws IOException {
        Path text = Files.writeString(folder.resolve("speech.wav"), "What I want to say");
        assertFails("speech.wav is no recording", "transcribe", "whisper-base", text.toString());
        assertFails("speech.flac is of the kind FLAC", "transcribe", "whisper-base",
                Files.writeString(folder.resolve("speech.flac"), "fLaC and so on").toString());
        assertFails("empty.wav is empty", "transcribe", "whisper-base",
                Files.createFile(folder.resolve("empty.wav")).toString());
        assertFails("none.wav: no such file", "transcribe", "whisper-base", folder.resolve("none.wav").toString());
        assertFails("is a folder", "transcribe", "whisper-base", folder.toString());
        assertTrue(Files.notExists(folder.resolve("cache")));
    }

    @Test
    void usageIsChecked() {
        assertEquals(2, cli.run("transcribe", "whisper-base").code());
        assertEquals(2, cli.run("transcribe", "whisper-base", "a.wav", "--json", "--srt").code());
        assertEquals(2, cli.run("transcribe", "whisper-base", "a.wav", "--beams", "many").code());
        assertEquals(2, cli.run("transcribe", "whisper-base", "a.wav", "--beams", "0").code());
        assertEquals(2, cli.run("transcribe", "whisper-base", "a.wav", "--beams", "65").code());
    }

    private void assertFails(String reason, String... arguments) {
        Result result = cli.run(arguments);
        assertEquals(1, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains(reason), result.err());
    }
}
