package dev.lanewise.broken.kernel;

import dev.lanewise.broken.weights.UsesVectorApi;

/** A kernel that knows a room above it. */
public final class KnowsWeights {
    Object breach() {
        return new UsesVectorApi();
    }
}
