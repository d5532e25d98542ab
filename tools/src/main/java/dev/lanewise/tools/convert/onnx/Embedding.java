package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sum of three table look-ups, which is where the layers end, and the norm after it.
 *
 * @param tables by their names in the specification
 */
record Embedding(Map<String, Matrix> tables, Norm norm) {
    static final String IDS = "input_ids";
    static final String TYPES = "token_type_ids";
    static final String TOKEN = "embedding.token.weight";
    static final String TOKEN_TYPE = "embedding.token_type.weight";
    static final String POSITION = "embedding.position.weight";

    /** Whether a value looks like the sum. */
    static boolean is(OnnxValues values, String value) {
        return summands(values, value).stream()
                .anyMatch(summand -> values.producer(codes(values, summand), "Gather") != null);
    }

    /** The embedding that ends with a norm. */
    static Embedding of(GraphWalk walk, Norm norm) {
        OnnxValues values = walk.values;
        Map<String, Matrix> tables = new LinkedHashMap<>();
        for (String summand : summands(values, norm.input())) {
            OnnxNode gather = walk.expect(codes(values, summand), "Gather",
                    "a look-up of a token, a type or a position");
            walk.learnTokenShaped(summand);
            ForeignTensor table = values.tensor(values.input(gather, 0));
            walk.require(table != null && table.shape().size() == 2 && gather.has("axis", 0, 0), summand,
                    "the rows of a table of weights");
            String index = values.input(gather, 1);
            String name = index.equals(IDS) ? TOKEN : index.equals(TYPES) ? TOKEN_TYPE : POSITION;
            walk.require(!name.equals(POSITION) || isPositions(walk, index, table.shape().getFirst()), index,
                    "input_ids, token_type_ids, or the positions 0, 1, 2, ... of the tokens");
            walk.require(tables.put(name, matrix(walk, summand, table)) == null, summand, "one look-up of a kind");
        }
        walk.require(tables.size() == 3, norm.input(), "the sum of three look-ups: token, type and position");
        return new Embedding(tables, norm);
    }

    /** What is looked up: the value, or the codes of 8 bits that it is made of. */
    private static String codes(OnnxValues values, String value) {
        OnnxNode made = values.producer(value, "DequantizeLinear");
        return made == null ? value : values.input(made, 0);
    }

    private static Matrix matrix(GraphWalk walk, String summand, ForeignTensor table) {
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

    /** The constant [0, 1, 2, ...], cut to the number of tokens. */
    private static boolean isPositions(GraphWalk walk, String value, long rows) {
        OnnxValues values = walk.values;
        OnnxNode slice = values.producer(value, "Slice");
        ForeignTensor constant = slice == null ? null : values.tensor(values.input(slice, 0));
        if (constant == null || constant.shape().size() != 2 || constant.shape().getFirst() != 1
                || constant.elements() > rows || !constant.countsFrom0(SpecLimits.POSITIONS)) {
            return false;
        }
        TokenShape end = walk.shape(values.input(slice, 2));
        String step = values.input(slice, 4);
        return values.isNumber(values.input(slice, 1), 0) && end != null && end.rank() == 1 && end.constant(0) == null
                && end.isBatch(0, 1) && values.isNumber(values.input(slice, 3), 1)
                && (step.isEmpty() || values.isNumber(step, 1));
    }
}
