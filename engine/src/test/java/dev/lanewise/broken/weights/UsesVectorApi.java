package dev.lanewise.broken.weights;

import jdk.incubator.vector.FloatVector;

/** Computes with vectors outside the kernels. */
public final class UsesVectorApi {
    int breach() {
        return FloatVector.SPECIES_PREFERRED.length();
    }
}
