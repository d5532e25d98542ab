package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.onnx.SampleGraph;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Damages sound foreign files at random places (with a fixed seed) and at all that a test can think of, and opens each. A
 * program of its own, so that it can be run with little memory: exit code 0 if each was read or refused as it should be.
 */
final class HostileSource {
    private static final int RANDOM_FILES = 20_000;
    /** A configuration has few bytes, all of them soon met. */
    private static final int RANDOM_CONFIGS = 4_000;

    private final Path opened;
    private final Path damaged;
    private int sound;
    private int refused;

    private HostileSource(Path opened, Path damaged) {
        this.opened = opened;
        this.damaged = damaged;
    }

    /** @param arguments what to damage, and a folder to work in */
    public static void main(String[] arguments) throws IOException {
        Path folder = SampleTensors.folder(Path.of(arguments[1]).resolve("model"), SampleTensors.config(),
                SampleTensors.bert());
        Path graph = Path.of(arguments[1]).resolve("graph.onnx");
        HostileSource hostile = switch (arguments[0]) {
            case "onnx" -> new HostileSource(graph, graph);
            case "safetensors" -> new HostileSource(folder, folder.resolve("model.safetensors"));
            default -> new HostileSource(folder, folder.resolve("config.json"));
        };
        byte[] file = arguments[0].equals("onnx") ? new SampleGraph().bytes() : Files.readAllBytes(hostile.damaged);
        hostile.random(file);
        hostile.truncate(file);
        System.out.println("hostile " + arguments[0] + " files: " + hostile.refused + " refused, " + hostile.sound
                + " sound with other content");
    }

    private void random(byte[] file) throws IOException {
        int header = damaged.toString().endsWith(".safetensors")
                ? 8 + (file[0] & 0xFF) + (file[1] & 0xFF) * 256
                : file.length;
        int files = damaged.toString().endsWith(".json") ? RANDOM_CONFIGS : RANDOM_FILES;
        for (int seed = 0; seed < files; seed++) {
            Random random = new Random(seed);
            byte[] changed = file.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                // The bytes that mean something are in front; a few go to the weights, where nothing can be wrong.
                int at = random.nextInt(random.nextInt(10) == 0 ? file.length : header);
                switch (random.nextInt(5)) {
                    case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> changed[at] = (byte) random.nextInt(256);
                    case 2 ->
                        changed[at] = new byte[]{0, 1, -1, 127, -128, '"', '{', '}', '9', '-'}[random.nextInt(10)];
                    case 3 -> Arrays.fill(changed, at, Math.min(file.length, at + random.nextInt(12)),
                            (byte) random.nextInt(256));
                    default -> System.arraycopy(file, random.nextInt(header - 16), changed, Math.min(at, header - 16),
                            random.nextInt(16));
                }
            }
            open(changed, "seed " + seed);
        }
    }

    private void truncate(byte[] file) throws IOException {
        int step = Math.max(1, file.length / 2000);
        for (int length = 0; length < file.length; length += step) {
            int before = sound;
            open(Arrays.copyOf(file, length), "cut to " + length);
            // A graph may end between two fields, but not before the field that is the graph ends.
            if (sound > before && length < file.length - 16) {
                throw new AssertionError("opened although cut to " + length + " of " + file.length);
            }
        }
    }

    private void open(byte[] file, String what) throws IOException {
        Files.write(damaged, file);
        try (ModelSource source = ModelSource.open(opened)) {
            for (TensorInfo tensor : source.spec().tensors(DataType.F32).toList()) {
                source.rows(tensor.name()).read(tensor.rows() - 1, new float[tensor.columns()]);
            }
            source.provenance();
            sound++;
        } catch (ModelFormatException | UnsupportedModelException | NoSuchFileException e) {
            if (e.getMessage().length() > 2000) {
                throw new AssertionError(what + ": an endless message", e);
            }
            refused++;
        } catch (RuntimeException | Error e) {
            Path kept = Files.write(Path.of("target/hostile-" + damaged.getFileName()), file);
            throw new AssertionError(what + ", kept as " + kept, e);
        }
    }
}
