package dev.lanewise.models.broken.chat;

import dev.lanewise.spec.PoolingSpec;

/** Uses what the engine does not show. */
public record ReachesIntoEngine(PoolingSpec pooling) {}
