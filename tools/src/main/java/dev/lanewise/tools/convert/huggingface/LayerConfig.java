package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.family.DecoderDraft;
import java.util.List;
import java.util.function.IntPredicate;

/** What a configuration says of single layers: which of them have a window, and which rotate. */
final class LayerConfig {
    private LayerConfig() {}

    /** The window of all layers, 0 for none. */
    static int window(ConfigReader in) {
        boolean stated = in.has("sliding_window") && !in.isNull("sliding_window");
        return stated ? in.integer("sliding_window", 1 << 24) : 0;
    }

    /** The window, where another key says that it is used. */
    static int slidingWindow(ConfigReader in) {
        int window = window(in);
        return in.flag("use_sliding_window") ? window : 0;
    }

    /** Which layers have the window, where a key says from which one on. */
    static IntPredicate fromMaxWindowLayers(ConfigReader in) {
        int first = in.has("max_window_layers") ? in.integer("max_window_layers", 0, 1 << 24) : 28;
        return layer -> layer >= first;
    }

    /** Gives layers the window: as {@code layer_types} says, or as the family has it. */
    static void windows(ConfigReader in, DecoderDraft out, int window, IntPredicate otherwise) {
        boolean[] sliding = sliding(in, out.sizes().layers(), layer -> window > 0 && otherwise.test(layer));
        for (int i = 0; i < sliding.length; i++) {
            if (sliding[i] && window == 0) {
                throw in.failure("layer_types", "layers without a window, as none is stated", "sliding_attention");
            }
            out.window(i, sliding[i] ? window : 0);
        }
    }

    /** Which layers have a window: as {@code layer_types} says, or as the family has it. */
    static boolean[] sliding(ConfigReader in, int layers, IntPredicate otherwise) {
        boolean[] sliding = new boolean[layers];
        List<String> types = in.has("layer_types") ? in.texts("layer_types", 10_000) : List.of();
        if (in.has("layer_types") && types.size() != layers) {
            throw in.failure("layer_types", layers + " layers", Integer.toString(types.size()));
        }
        for (int i = 0; i < layers; i++) {
            sliding[i] = types.isEmpty() ? otherwise.test(i) : switch (types.get(i)) {
                case "sliding_attention" -> true;
                case "full_attention" -> false;
                default -> throw new UnsupportedModelException(in.file() + ": layer_types has "
                        + Json.quoted(types.get(i)) + "; supported are full_attention and sliding_attention");
            };
        }
        return sliding;
    }

    /** Which layers rotate queries and keys: as a list says, or all but one in some. */
    static boolean[] rotatedLayers(ConfigReader in, int layers) {
        int every = in.has("no_rope_layer_interval") ? in.integer("no_rope_layer_interval", 10_000) : 4;
        List<Double> stated = in.has("no_rope_layers") ? in.numbers("no_rope_layers", 10_000) : List.of();
        if (in.has("no_rope_layers") && stated.size() != layers) {
            throw in.failure("no_rope_layers", layers + " layers", Integer.toString(stated.size()));
        }
        boolean[] rotated = new boolean[layers];
        for (int i = 0; i < layers; i++) {
            rotated[i] = stated.isEmpty() ? (i + 1) % every != 0 : stated.get(i) != 0;
        }
        return rotated;
    }
}
