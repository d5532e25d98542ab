package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversion that is killed at any moment leaves a sound file or none, and nothing that stays. */
class ConversionKillTest {
    private static final int KILLS = 36;

    @TempDir
    Path folder;

    @Test
    void aKilledConversionLeavesASoundFileOrNone() throws Exception {
        Path model = model();
        Path target = folder.resolve("out.lane");
        Random random = new Random(3);
        int strays = 0;
        int absent = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            boolean replaces = kill % 3 != 0;
            List<String> arguments = new ArrayList<>(List.of(model.toString(), target.toString(), "1000000"));
            if (!replaces) {
                arguments.add("delete");
            }
            Process child = ChildJvm.start("-Xshare:auto", ConvertChild.class, arguments.toArray(String[]::new));
            try (BufferedReader lines = child.inputReader()) {
                begin(lines);
                begin(lines);
                long start = System.nanoTime();
                begin(lines);
                // Somewhere between here and the beginning of the conversion after this one.
                TimeUnit.NANOSECONDS.sleep(random.nextLong(1 + (System.nanoTime() - start) * 5 / 4));
            } finally {
                child.destroyForcibly().waitFor();
            }
            if (Files.exists(target)) {
                try (LaneFile file = LaneFile.open(target)) {
                    file.verify();
                    assertEquals(TransformerSpec.read(file.metadata()).tensorCount(), file.directory().size());
                }
            } else {
                assertFalse(replaces, "the old file is gone");
                absent++;
            }
            strays += parts() > 0 ? 1 : 0;
        }
        try (ModelSource source = ModelSource.open(model)) {
            Conversion.convert(source, target, Conversion.Options.of(DataType.F32), Conversion.Progress.NONE);
        }
        assertEquals(List.of("model", "out.lane"), names());
        System.out.println("killed " + KILLS + " times: " + strays + " times in the middle of a file, " + absent
                + " times without any target");
        assertTrue(strays >= 3, "too few kills met a file in the making to prove anything: " + strays);
    }

    private static void begin(BufferedReader lines) throws IOException {
        assertEquals("begin", lines.readLine());
    }

    /** Large enough that most of the time is spent on writing: 3 MB. */
    private Path model() throws IOException {
        ObjectNode config = SampleTensors.config();
        config.put("vocab_size", 20_000);
        Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert();
        SampleTensors.add(tensors, "embeddings.word_embeddings.weight", 20_000, SampleTensors.WIDTH);
        return SampleTensors.folder(folder.resolve("model"), config, tensors);
    }

    private long parts() throws IOException {
        return names().stream().filter(name -> name.endsWith(".part")).count();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
