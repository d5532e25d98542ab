package dev.lanewise.broken;

import dev.lanewise.broken.weights.UsesVectorApi;
import java.util.List;

/** A public signature with a type of an inner room. */
public final class LeaksInnerType {
    public List<UsesVectorApi[]> breach() {
        return List.of();
    }
}
