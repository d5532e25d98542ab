package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.SampleGguf.number;
import static dev.lanewise.tools.convert.gguf.SampleGguf.text;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.Mutations;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged and hostile GGUF files, each refused by the one exception with the field that is wrong. */
class HostileGgufTest {
    private static final int MUTATIONS = 100_000;
    /** Bytes of heap to read a file of 1.6 kB, or to refuse it. */
    private static final long MOST_ALLOCATED = 1 << 20;

    /** What is wrong, a part of what is said of it, and how it is done. */
    static Stream<Arguments> damages() {
        return Stream.of(//
                damage("magic", "magic", f -> f.magic[3] = 'X'),
                damage("version 0", "expected 2 or 3, found 0", f -> f.version = 0),
                damage("version 1", "expected 2 or 3, found 1", f -> f.version = 1),
                damage("future version", "expected 2 or 3, found 4", f -> f.version = 4),
                damage("negative version", "found 4294967295", f -> f.version = -1),
                damage("big-endian", "a big-endian one, version 3", f -> f.version = 0x03000000),
                damage("big-endian 2", "a big-endian one, version 2", f -> f.version = 0x02000000),
                damage("tensor count beyond the file", "number of tensors", f -> f.tensorCount = 100L),
                damage("tensor count -1", "number of tensors", f -> f.tensorCount = -1L),
                damage("tensor count 2^62", "number of tensors", f -> f.tensorCount = 1L << 62),
                damage("one tensor too many", "tensor 4, name", f -> f.tensorCount = 5L),
                damage("key count beyond the file", "number of keys", f -> f.keyCount = 10_000L),
                damage("key count -1", "number of keys", f -> f.keyCount = -1L),
                damage("one key too many", "", f -> f.keyCount = 18L),
                damage("one key too few", "", f -> f.keyCount = 16L),
                damage("key length", "key 17", f -> f.keys.add(number(8, 1L << 40))),
                damage("key length -1", "key 17", f -> f.keys.add(number(8, -1))),
                damage("empty key", "an empty one", f -> f.key("", 0, number(1, 0))),
                damage("key twice", "'a.u8' again", f -> f.key("a.u8", 0, number(1, 0))),
                damage("key not UTF-8", "expected UTF-8",
                        f -> f.keys.add(SampleGguf.join(number(8, 2), new byte[]{(byte) 0xC3, 'x'}))),
                damage("long key", "at most 65535", f -> f.key("k".repeat(65_536), 0, number(1, 0))),
                damage("type of value", "0 to 12", f -> f.key("k", 13, number(8, 0))),
                damage("negative type of value", "0 to 12", f -> f.key("k", -1, number(8, 0))),
                damage("integer above 2^63 - 1", "found 18446744073709551615", f -> f.key("k", 10, number(8, -1))),
                damage("integer above 2^63 - 1 in an array", "2^63", f -> f.array("k", 10, 1, number(8, -1))),
                damage("bool 2", "expected 0 or 1, found 2", f -> f.key("k", 7, number(1, 2))),
                damage("bool 255 in an array", "found 255", f -> f.array("k", 7, 2, number(1, 1), number(1, 255))),
                damage("text longer than the file", "key 'k'", f -> f.key("k", 8, number(8, 1L << 30))),
                damage("text of length -1", "key 'k'", f -> f.key("k", 8, number(8, -1))),
                damage("text of length 2^63 - 1", "key 'k'", f -> f.key("k", 8, number(8, Long.MAX_VALUE))),
                damage("text not UTF-8", "expected UTF-8",
                        f -> f.key("k", 8, SampleGguf.join(number(8, 1), number(1, 0xFF)))),
                damage("surrogate in UTF-8", "expected UTF-8",
                        f -> f.key("k", 8, SampleGguf.join(number(8, 3), number(3, 0x80A0ED)))),
                damage("array of arrays", "key 'k': expected elements that are no arrays",
                        f -> f.array("k", 9, 1, number(4, 0), number(8, 0))),
                damage("array type", "element type", f -> f.array("k", 99, 1, number(8, 0))),
                damage("array longer than the file", "number of elements", f -> f.array("k", 0, 1L << 31)),
                damage("array count times size overflows", "number of elements", f -> f.array("k", 10, 1L << 61)),
                damage("array of texts that are not there", "number of elements", f -> f.array("k", 8, 1000)),
                damage("array count -1", "number of elements", f -> f.array("k", 4, -1)),
                damage("alignment 0", "general.alignment", f -> f.key("general.alignment", 4, number(4, 0))),
                damage("alignment 4", "general.alignment", f -> f.key("general.alignment", 4, number(4, 4))),
                damage("alignment 24", "a power of two", f -> f.key("general.alignment", 4, number(4, 24))),
                damage("alignment 2^31", "general.alignment", f -> f.key("general.alignment", 4, number(4, 1L << 31))),
                damage("alignment a text", "a text", f -> f.key("general.alignment", 8, text("32"))),
                damage("alignment not kept", "offset", f -> f.key("general.alignment", 4, number(4, 128))),
                damage("name length", "tensor 0, name", f -> f.tensors.getFirst().nameLength = 1L << 50),
                damage("name length -1", "tensor 0, name", f -> f.tensors.getFirst().nameLength = -1L),
                damage("empty name", "an empty one", f -> f.tensors.getFirst().name = new byte[0]),
                damage("long name", "at most 255", f -> f.tensors.getFirst().name = new byte[256]),
                damage("name twice", "'token_embd.weight' again",
                        f -> f.tensors.get(1).name = f.tensors.getFirst().name),
                damage("name not UTF-8", "expected UTF-8", f -> f.tensors.getFirst().name[0] = (byte) 0x80),
                damage("rank 0", "rank", f -> f.tensors.getFirst().rank = 0),
                damage("rank 5", "rank", f -> f.tensor("five", 0, 4, 1, 1, 1, 1, 1)),
                damage("rank -1", "rank", f -> f.tensors.getFirst().rank = -1),
                damage("dimension 0", "shape", f -> f.tensors.getFirst().dimensions[0] = 0),
                damage("dimension -1", "shape", f -> f.tensors.getFirst().dimensions[1] = -1),
                damage("dimension 2^31", "shape", f -> f.tensors.getFirst().dimensions[0] = 1L << 31),
                damage("rows overflow", "rows", f -> f.tensor("big", 0, 4, 1, 1 << 30, 1 << 30, 1 << 30)),
                damage("size overflows", "size", f -> f.tensor("big", 28, 4, (1 << 30) * 2L - 1, (1 << 30) * 2L - 1)),
                damage("elements beyond the file", "elements", f -> f.tensor("big", 0, 4, 1 << 30)),
                damage("type 4, removed", "type", f -> f.tensors.getFirst().type = 4),
                damage("type -1", "found 4294967295", f -> f.tensors.getFirst().type = -1),
                damage("type unknown", "found 1000", f -> f.tensors.getFirst().type = 1000),
                damage("row no multiple of the block", "a multiple of 32", f -> f.tensors.getFirst().type = 2),
                damage("size not that of the type", "offset", f -> f.tensors.getFirst().type = 28),
                damage("offset unaligned", "offset", f -> f.tensors.get(1).offset = 65L),
                damage("offset of another", "offset", f -> f.tensors.get(1).offset = 0L),
                damage("offset with a gap", "offset", f -> f.tensors.get(1).offset = 96L),
                damage("offset -1", "found 18446744073709551615", f -> f.tensors.get(1).offset = -1L),
                damage("cut in the elements", "then the end of the file", f -> f.dataMissing = 32),
                damage("cut before the elements", "then the end of the file", f -> f.dataMissing = 64 + 64 + 32 + 288));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damagedFilesAreRefused(String name, String word, Consumer<SampleGguf> damage) {
        SampleGguf file = SampleGguf.complete();
        damage.accept(file);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> parse(file.bytes()), name);
        assertTrue(e.getMessage().contains(word), e.getMessage());
        assertTrue(e.getMessage().length() < 1000, e.getMessage());
    }

    @Test
    void everyFileThatIsCutIsRefused() {
        byte[] file = SampleGguf.complete().bytes();
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThrows(ModelFormatException.class, () -> parse(cut), "cut to " + length);
        }
    }

    @Test
    void mutatedFilesAreReadOrRefused() {
        byte[] file = SampleGguf.complete().bytes();
        Mutations.check(MUTATIONS, random -> mutate(file, random), MOST_ALLOCATED, MUTATIONS / 2,
                mutated -> readAll(GgufShard.parse("mutated", MemorySegment.ofArray(mutated))));
    }

    private static byte[] mutate(byte[] file, Random random) {
        byte[] mutated = file.clone();
        int header = file.length - 448; // the elements have no meaning that could be wrong
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(header);
            switch (random.nextInt(6)) {
                case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[at] = (byte) random.nextInt(256);
                case 2 ->
                    put(mutated, at, 8, new long[]{0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 1L << 61}[random
                            .nextInt(6)]);
                case 3 -> put(mutated, at, 4, new long[]{0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1, 9}[random
                        .nextInt(6)]);
                case 4 -> System.arraycopy(file, random.nextInt(header - 16), mutated, Math.min(at, header - 16),
                        random.nextInt(16));
                default -> {
                    return Arrays.copyOf(mutated, random.nextInt(file.length));
                }
            }
        }
        return mutated;
    }

    private static void put(byte[] file, int at, int bytes, long value) {
        int length = Math.min(bytes, file.length - at);
        System.arraycopy(number(8, value), 0, file, at, length);
    }

    private static void readAll(GgufShard shard) {
        for (GgufTensor tensor : shard.tensors().values()) {
            float[] row = new float[tensor.columns()];
            for (int r = 0; r < tensor.rows(); r++) {
                if (tensor.type().isReadable()) {
                    tensor.read(r, row);
                } else {
                    assertThrows(UnsupportedModelException.class, () -> tensor.read(0, row));
                }
            }
        }
    }

    private static GgufShard parse(byte[] file) {
        return GgufShard.parse("x.gguf", MemorySegment.ofArray(file));
    }

    private static Arguments damage(String name, String word, Consumer<SampleGguf> damage) {
        return Arguments.of(name, word, damage);
    }
}
