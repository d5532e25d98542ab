package dev.lanewise;

import java.util.List;

/**
 * How probable the model found a token that was chosen, and the most probable ones at its place. The probabilities are those of
 * the model itself, before penalties, temperature and the like.
 *
 * @param id the token that was chosen
 * @param logProbability the natural logarithm of its probability
 * @param top the most probable tokens, the most probable first
 */
public record TokenProbabilities(int id, float logProbability, List<Alternative> top) {

    /**
     * A token that could have been chosen.
     *
     * @param id the token
     * @param logProbability the natural logarithm of its probability
     */
    public record Alternative(int id, float logProbability) {}
}
