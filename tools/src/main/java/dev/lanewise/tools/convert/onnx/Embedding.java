package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sum of two or three table look-ups, which is where the layers end, and the norm after it.
 *
 * @param tables by their names in the specification: token and position, and token type if there are any
 * @param firstPosition the row of the first position
 */
record Embedding(Map<String, Matrix> tables, int firstPosition, Norm norm) {
    static final String IDS = "input_ids";
    static final String TYPES = "token_type_ids";
    static final String TOKEN = "embedding.token.weight";
    static final String TOKEN_TYPE = "embedding.token_type.weight";
    static final String POSITION = "embedding.position.weight";
    /** Tokens of a sample that tells what an index is. */
    private static final int FEW = 4;

    /** Whether a value looks like the sum. */
    static boolean is(OnnxValues values, String value) {
        return summands(values, value).stream()
                .anyMatch(summand -> values.producer(codes(values, summand), "Gather") != null);
    }

    /** The embedding that ends with a norm. */
    static Embedding of(GraphWalk walk, Norm norm) {
        OnnxValues values = walk.values;
        Map<String, Matrix> tables = new LinkedHashMap<>();
        int first = 0;
        for (String summand : summands(values, norm.input())) {
            OnnxNode gather = walk.expect(codes(values, summand), "Gather",
                    "a look-up of a token, a type or a position");
            walk.learnTokenShaped(summand);
            ForeignTensor table = values.tensor(values.input(gather, 0));
            walk.require(table != null && table.shape().size() == 2 && gather.has("axis", 0, 0), summand,
                    "the rows of a table of weights");
            String index = values.input(gather, 1);
            String name = index.equals(IDS)
                    ? TOKEN
                    : index.equals(TYPES) || isZeros(walk, index) ? TOKEN_TYPE : POSITION;
            if (name.equals(POSITION)) {
                first = firstPosition(walk, index, walk.size(table, 0));
                walk.require(first >= 0, index,
                        "input_ids, token_type_ids or zeros, or positions of the tokens that count up");
            }
            walk.require(tables.put(name, matrix(walk, summand, table)) == null, summand, "one look-up of a kind");
        }
        walk.require(tables.containsKey(TOKEN) && tables.containsKey(POSITION), norm.input(),
                "the sum of look-ups: token, position, perhaps type");
        return new Embedding(tables, first, norm);
    }

    /** What is looked up: the value, or the codes of 8 bits that it is made of. */
    static String codes(OnnxValues values, String value) {
        OnnxNode made = values.producer(value, "DequantizeLinear");
        return made == null ? value : values.input(made, 0);
    }

    static Matrix matrix(GraphWalk walk, String summand, ForeignTensor table) {
        OnnxValues values = walk.values;
        OnnxNode made = values.producer(summand, "DequantizeLinear");
        if (made == null) {
            return new Matrix(table, false);
        }
        ForeignTensor zero = values.tensor(values.input(made, 2));
        Quantized quantized = Quantized.of(table, 1, values.tensor(values.input(made, 1)), zero);
        walk.require(quantized != null && (zero != null || values.input(made, 2).isEmpty()), summand,
                "codes of 8 bits with a scale and a zero point for all of a table");
        return new Matrix(table, false, quantized);
    }

    private static List<String> summands(OnnxValues values, String value) {
        List<String> leaves = new ArrayList<>();
        List<String> open = new ArrayList<>(List.of(value));
        while (!open.isEmpty() && leaves.size() + open.size() <= 3) {
            String next = open.removeLast();
            OnnxNode sum = values.producer(next, "Add");
            if (sum != null) {
                open.add(values.input(sum, 1));
                open.add(values.input(sum, 0));
            } else {
                leaves.add(next);
            }
        }
        leaves.addAll(open);
        return leaves;
    }

    /** The first of the positions that a value counts for every text; -1 if it is something else. */
    private static int firstPosition(GraphWalk walk, String value, int rows) {
        Cells few = rows > SpecLimits.POSITIONS ? null : walk.sample(Math.min(FEW, rows)).of(value);
        int first = few == null || few.data().length == 0 ? -1 : (int) few.data()[0];
        if (first < 0 || first >= rows) {
            return -1;
        }
        Cells all = walk.sample(rows - first).of(value);
        int tokens = rows - first;
        boolean counts = all != null && all.rank() == 2 && all.shape()[1] == tokens;
        for (int i = 0; counts && i < all.data().length; i++) {
            counts = all.data()[i] == first + i % tokens;
        }
        return counts ? first : -1;
    }

    private static boolean isZeros(GraphWalk walk, String value) {
        Cells cells = walk.sample(FEW).of(value);
        return cells != null && cells.rank() == 2 && cells.shape()[1] == FEW
                && Arrays.stream(cells.data()).allMatch(x -> x == 0);
    }
}
