package dev.lanewise.generation;

/**
 * The rules by which a {@link Sampler} chooses, in the order in which they are applied.
 *
 * @param repetitionPenalty by what the logit of an id that occurs in the prompt or the text is divided if it is positive, and
 *            multiplied if not (CTRL, Keskar et al., 2019); 1 is none
 * @param presencePenalty what is taken from the logit of an id that was generated; 0 is none
 * @param frequencyPenalty what is taken from it for each time it was generated; 0 is none
 * @param noRepeatNgram the length of the sequences of ids that may not occur twice, prompt included; 0 is no such rule
 * @param biasIds ids whose logits something is added to
 * @param biases what is added to them, as long as {@code biasIds}; minus infinity excludes an id
 * @param temperature what logits are divided by; 0 takes the highest one, and the rules after it have no say
 * @param topK how many of the most probable ids remain; 0 is all
 * @param topP of the most probable ids, as few remain as together have this probability (Holtzman et al., 2019); 1 is all
 * @param minP ids remain whose probability is at least this share of the highest one; 0 is all
 * @param typical of the ids whose information is nearest to the entropy, as few remain as together have this probability
 *            (Meister et al., 2022); 1 is all
 */
public record SamplingSpec(double repetitionPenalty, double presencePenalty, double frequencyPenalty,
        int noRepeatNgram, int[] biasIds, float[] biases, double temperature, int topK, double topP, double minP,
        double typical) {

    /** The highest logit, always. */
    public static final SamplingSpec GREEDY = of(0);

    /** A temperature, and no other rule. */
    public static SamplingSpec of(double temperature) {
        return new SamplingSpec(1, 0, 0, 0, new int[0], new float[0], temperature, 0, 1, 0, 1);
    }

    /** Whether logits are taken as they are, up to the temperature. */
    boolean plain() {
        return !penalises() && noRepeatNgram == 0 && biasIds.length == 0;
    }

    boolean penalises() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }
}
