package dev.lanewise.tools.convert.llama2c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Llama2cTokenizerTest {
    private static final int VOCABULARY = 512;

    /** What run.c does, step by step: in every round the neighbours of the highest score, the leftmost of several. */
    private static int[] asRunC(Llama2cTokenizer data, String text) {
        List<Integer> ids = new ArrayList<>();
        ids.add(1);
        if (!text.isEmpty()) {
            ids.add(data.pieces().indexOf(" "));
        }
        text.codePoints().mapToObj(Character::toString).forEach(c -> {
            int id = data.pieces().indexOf(c);
            if (id >= 0) {
                ids.add(id);
            } else {
                for (byte b : c.getBytes(StandardCharsets.UTF_8)) {
                    ids.add((b & 0xFF) + 3);
                }
            }
        });
        while (true) {
            int best = -1;
            int whole = -1;
            for (int i = 0; i + 1 < ids.size(); i++) {
                int id = data.pieces().indexOf(data.pieces().get(ids.get(i)) + data.pieces().get(ids.get(i + 1)));
                if (id >= 0 && (best < 0 || data.scores().get(id) > data.scores().get(whole))) {
                    best = i;
                    whole = id;
                }
            }
            if (best < 0) {
                return ids.stream().mapToInt(Integer::intValue).toArray();
            }
            ids.set(best, whole);
            ids.remove(best + 1);
        }
    }

    @Test
    void encodesAsRunC_andBack() throws IOException {
        Llama2cTokenizer data = Llama2cTokenizer.read(TestModels.shared("stories260K/tokenizer.bin"), VOCABULARY);
        Tokenizer tokenizer = data.tokenizer();
        for (String text : List.of("Once upon a time, there was a little girl named Lily.", "", " ", "  two  spaces ",
                "caf\u00E9 \uD83D\uDE00\n\nend",
                "She said, \"I don't know.\" And then? Zzz!")) {
            int[] ids = tokenizer.encode(text, EncodeOptions.DEFAULT).copyOfIds();
            assertArrayEquals(asRunC(data, text), ids, text);
            assertEquals(text, tokenizer.decode(ids, true));
        }
        assertArrayEquals(new int[]{1, 2}, tokenizer.control().stops());
    }
}
