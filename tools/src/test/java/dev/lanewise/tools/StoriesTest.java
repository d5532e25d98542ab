package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.GenerationOptions;
import dev.lanewise.Model;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** stories260K, the smallest model of llama2.c, tells the story that its author published. */
class StoriesTest {
    /** What run.c generates at most, unless it is told otherwise; the first of them is the beginning of the text. */
    private static final int STEPS = 256;

    @TempDir
    Path work;

    @ParameterizedTest
    @ValueSource(strings = {"checkpoint_legacy.bin", "checkpoint_v1.bin"})
    void theTextIsThePublishedOne(String checkpoint) throws IOException {
        Path lane = work.resolve("stories.lane");
        try (ModelSource source = ModelSource.open(TestModels.shared("stories260K").resolve(checkpoint))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (Model model = Model.open(lane)) {
            assertEquals(published(), model.generator()
                    .generate("", GenerationOptions.builder().maxTokens(STEPS).build()).text());
        }
    }

    /** From the model's page: the lines between the command at temperature 0 and the end of its block. */
    private static String published() throws IOException {
        String page = Files.readString(TestModels.shared("stories260K/stories260K.md"));
        int command = page.indexOf("-t 0.0\n") + "-t 0.0\n".length();
        return page.substring(command, page.indexOf("\n```", command));
    }
}
