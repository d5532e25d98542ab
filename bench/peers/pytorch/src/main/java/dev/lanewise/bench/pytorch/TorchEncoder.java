package dev.lanewise.bench.pytorch;

import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import java.util.Locale;

/**
 * The source of an encoder with the layers of BERT, mean pooling and normalisation behind it, as a published PyTorch model
 * would run it: a linear layer each for query, key and value, and fused attention.
 */
final class TorchEncoder {
    static final String PARAMETERS = "ids: Tensor, mask: Tensor, w: List[Tensor]";
    /** Tensors before the first layer: three tables, a norm. */
    private static final int TABLES = 5;
    /** Tensors of a layer: four linear maps, a norm, two linear maps, a norm. */
    private static final int LAYER = 16;

    private final StackSpec stack;
    private final double embeddingEpsilon;
    private final boolean padded;
    private final StringBuilder code = new StringBuilder();

    private TorchEncoder(TransformerSpec spec, boolean padded) {
        stack = spec.stack();
        embeddingEpsilon = spec.embedding().norm().epsilon();
        this.padded = padded;
    }

    /**
     * The body of a method of {@link #PARAMETERS}: ids {@code [texts][length]}, mask of the same shape, true where there is a
     * token; weights as {@link TransformerSpec#tensors} orders them.
     *
     * @param padded whether there is any padding; without it the mask is left out of the attention, which is faster
     */
    static String source(TransformerSpec spec, boolean padded) {
        return new TorchEncoder(spec, padded).write();
    }

    private String write() {
        line("n = torch.size(ids, 0)");
        line("t = torch.size(ids, 1)");
        line("x = torch.add(torch.embedding(w[0], ids), torch.slice(w[1], 0, 0, t))");
        line("x = torch.add(x, torch.select(w[2], 0, 0))");
        norm("x", 3, embeddingEpsilon);
        line(padded ? "m = torch.view(mask, [n, 1, 1, t])" : "m = None");
        for (int i = 0; i < stack.layers(); i++) {
            layer(TABLES + i * LAYER);
        }
        line("f = torch.to(torch.unsqueeze(mask, -1), 6)"); // 6 is float32
        line("s = torch.sum(torch.mul(x, f), [1])");
        line("return torch.div(s, torch.norm(s, 2, [1], True))");
        return code.toString();
    }

    private void layer(int first) {
        int heads = stack.attention().heads();
        int size = stack.attention().headSize();
        for (int i = 0; i < 3; i++) {
            String name = "qkv".substring(i, i + 1);
            linear(name, "x", first + 2 * i);
            line("%s = torch.transpose(torch.view(%s, [n, t, %d, %d]), 1, 2)", name, name, heads, size);
        }
        line("a = torch.scaled_dot_product_attention(q, k, v, m, 0., False)");
        line("a = torch.reshape(torch.transpose(a, 1, 2), [n, t, %d])", heads * size);
        linear("a", "a", first + 6);
        line("x = torch.add(x, a)");
        norm("x", first + 8, stack.norm().epsilon());
        linear("h", "x", first + 10);
        line("h = torch.gelu(h)");
        linear("h", "h", first + 12);
        line("x = torch.add(x, h)");
        norm("x", first + 14, stack.norm().epsilon());
    }

    private void linear(String to, String from, int weight) {
        line("%s = torch.linear(%s, w[%d], w[%d])", to, from, weight, weight + 1);
    }

    private void norm(String x, int weight, double epsilon) {
        line("%s = torch.layer_norm(%s, [%d], w[%d], w[%d], %s)", x, x, stack.width(), weight, weight + 1,
                Double.toString(epsilon).toLowerCase(Locale.ROOT));
    }

    private void line(String format, Object... values) {
        code.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
