package dev.lanewise.tools.convert.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wire format of ONNX: tensors in each of the ways they are stored, and files that are not sound. */
class OnnxGraphTest {
    private static final byte[] TWO_FLOATS = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1)
            .putFloat(2).array();

    @TempDir
    Path folder;

    @Test
    void tensorsAreFoundInEveryPlace() throws IOException {
        Files.createDirectory(folder.resolve("weights"));
        Files.write(folder.resolve("weights/a"), new byte[100]);
        try (java.nio.channels.FileChannel channel = java.nio.channels.FileChannel.open(folder.resolve("weights/a"),
                java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(TWO_FLOATS), 64);
        }
        Path file = graph(SampleGraph.tensor("raw", new int[]{2}, 1, TWO_FLOATS), SampleGraph.message(out -> {
            out.writeInt64(1, 2);
            out.writeInt32(2, 1);
            out.writeByteArray(4, TWO_FLOATS);
            out.writeString(8, "packed");
        }), SampleGraph.message(out -> {
            out.writeByteArray(1, new byte[]{1, 2}); // dims, packed
            out.writeInt32(2, 7);
            out.writeByteArray(7, new byte[]{5, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF,
                    (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 1});
            out.writeString(8, "varints");
        }), external("weights/a", "64", "8"));
        try (OnnxGraph graph = OnnxGraph.open(file)) {
            for (String name : new String[]{"raw", "packed", "external"}) {
                float[] row = new float[2];
                graph.tensors().get(name).rows().read(0, row);
                assertArrayEquals(new float[]{1, 2}, row, name);
            }
            assertArrayEquals(new long[]{5, -1}, graph.tensors().get("varints").integers(10));
            assertEquals(2, graph.files().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "/etc/passwd", "a/../../b", "a//b", "./a", "", "a\\b", "c:a"})
    void pathsOutOfTheFolderAreRefused(String location) throws IOException {
        Path file = graph(external(location, "0", "8"));
        assertThrows(ModelFormatException.class, () -> OnnxGraph.open(file).close());
    }

    @Test
    void externalFilesAreChecked() throws IOException {
        Files.write(folder.resolve("a"), new byte[16]);
        assertThrows(NoSuchFileException.class, () -> OnnxGraph.open(graph(external("b", "0", "8"))).close());
        for (String offset : new String[]{"9", "16", "-1", "9223372036854775807", "x", "99999999999999999999"}) {
            refused(external("a", offset, "8"), "external data");
        }
        refused(external("a", "0", "4"), "length");
        refused(external("a", "0", "-8"), "length");
        Files.delete(folder.resolve("a"));
        Files.createDirectory(folder.resolve("a"));
        refused(external("a", "0", "8"), "a folder");
    }

    @Test
    void tensorsThatAreNotSoundAreRefused() throws IOException {
        refused(SampleGraph.tensor("x", new int[]{3}, 1, TWO_FLOATS), "length");
        refused(SampleGraph.tensor("x", new int[]{2}, 99, TWO_FLOATS), "data_type");
        refused(SampleGraph.tensor("x", new int[]{2}, 0, TWO_FLOATS), "data_type");
        refused(SampleGraph.tensor("x", new int[]{-2}, 1, TWO_FLOATS), "dims");
        refused(SampleGraph.tensor("x", new int[]{1, 1, 1, 1, 1, 1, 1, 1, 2}, 1, TWO_FLOATS), "dims");
        refused(SampleGraph.tensor("x", new int[]{1 << 30, 1 << 30, 1 << 30}, 1, TWO_FLOATS), "dims");
        refused(SampleGraph.tensor("", new int[]{2}, 1, TWO_FLOATS), "name");
        refused(SampleGraph.message(out -> {
            out.writeInt64(1, 2);
            out.writeInt32(2, 1);
            out.writeString(8, "twice");
            out.writeByteArray(9, TWO_FLOATS);
            out.writeByteArray(4, TWO_FLOATS);
        }), "several");
        byte[] same = SampleGraph.tensor("x", new int[]{2}, 1, TWO_FLOATS);
        Path file = graph(same, same);
        assertThrows(ModelFormatException.class, () -> OnnxGraph.open(file).close());
    }

    @Test
    void graphsThatCouldBeWalkedForEverAreRefused() throws IOException {
        SampleGraph later = new SampleGraph();
        later.nodes.getFirst().inputs.set(0, "last_hidden_state");
        refused(later.bytes(), ModelFormatException.class, "earlier node");
        SampleGraph twice = new SampleGraph();
        twice.nodes.get(3).outputs.set(0, twice.nodes.get(2).outputs.getFirst());
        refused(twice.bytes(), ModelFormatException.class, "new name");
        SampleGraph nowhere = new SampleGraph();
        nowhere.outputs = java.util.List.of("nothing");
        refused(nowhere.bytes(), ModelFormatException.class, "a value that a node makes");
    }

    /** Trees that grow twofold with every node, and chains as long as a file can hold. */
    @Test
    void graphsThatAreCostlyToWalkAreRefusedSoon() throws IOException {
        for (String op : new String[]{"Add", "Mul"}) {
            SampleGraph doubled = new SampleGraph();
            int at = doubled.nodes.indexOf(doubled.node("encoder.layer.0.output.dense.matmul"));
            String last = "/encoder.layer.0.activation_output";
            for (int i = 0; i < 20_000; i++) {
                SampleGraph.Node node = new SampleGraph.Node(op, op + i, java.util.List.of(last, last),
                        java.util.List.of("d" + i));
                last = "d" + i;
                doubled.nodes.add(at++, node);
            }
            doubled.node("encoder.layer.0.output.dense.matmul").inputs.set(0, last);
            refused(doubled.bytes(), UnsupportedModelException.class, "supported");
        }
        for (String op : new String[]{"Cast", "Unsqueeze", "Concat", "Transpose"}) {
            SampleGraph chained = new SampleGraph();
            int at = chained.nodes.indexOf(chained.node("encoder.layer.0.attention.self.join"));
            String last = chained.nodes.get(at).inputs.get(1);
            for (int i = 0; i < 20_000; i++) {
                SampleGraph.Node node = new SampleGraph.Node(op, op + i, java.util.List.of(last),
                        java.util.List.of("c" + i));
                node.attributes.put("axes", new long[]{0});
                last = "c" + i;
                chained.nodes.add(at++, node);
            }
            chained.node("encoder.layer.0.attention.self.join").inputs.set(1, last);
            refused(chained.bytes(), UnsupportedModelException.class, "supported");
        }
    }

    @Test
    void partsOfOnnxThatAreNotReadAreNamed() throws IOException {
        byte[] function = SampleGraph.message(out -> {
            out.writeInt64(1, 8);
            out.writeByteArray(25, new byte[0]);
        });
        refused(function, UnsupportedModelException.class, "functions");
        refused(SampleGraph.message(out -> out.writeInt64(1, 8)), ModelFormatException.class, "one graph");
        refused(SampleGraph.message(out -> {
            out.writeInt64(1, 8);
            out.writeString(2, "nothing else");
        }), ModelFormatException.class, "one graph");
        refused(SampleGraph.message(out -> {
            out.writeInt64(1, 8);
            out.writeTag(2, com.google.protobuf.WireFormat.WIRETYPE_START_GROUP);
        }), ModelFormatException.class, "wire type");
    }

    private void refused(byte[] tensor, String word) throws IOException {
        Path file = graph(tensor);
        String message = assertThrows(ModelFormatException.class, () -> OnnxGraph.open(file).close()).getMessage();
        assertTrue(message.contains(word), message);
    }

    private <T extends LanewiseException> void refused(byte[] file, Class<T> type, String word) throws IOException {
        Path path = Files.write(folder.resolve("x.onnx"), file);
        String message = assertThrows(type, () -> ModelSource.open(path).close()).getMessage();
        assertTrue(message.contains(word), message);
    }

    private static byte[] external(String location, String offset, String length) {
        return SampleGraph.message(out -> {
            out.writeInt64(1, 2);
            out.writeInt32(2, 1);
            out.writeString(8, "external");
            for (String[] entry : new String[][]{{"location", location}, {"offset", offset}, {"length", length}}) {
                out.writeByteArray(13, SampleGraph.message(to -> {
                    to.writeString(1, entry[0]);
                    to.writeString(2, entry[1]);
                }));
            }
            out.writeInt32(14, 1);
        });
    }

    private Path graph(byte[]... tensors) throws IOException {
        return Files.write(folder.resolve("x.onnx"), SampleGraph.message(model -> {
            model.writeInt64(1, 8);
            model.writeByteArray(7, SampleGraph.message(graph -> {
                for (byte[] tensor : tensors) {
                    graph.writeByteArray(5, tensor);
                }
            }));
        }));
    }
}
