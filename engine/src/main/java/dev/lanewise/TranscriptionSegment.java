package dev.lanewise;

/**
 * A part of what is said in a recording.
 *
 * @param start when it begins, in seconds
 * @param end when it ends
 * @param text what is said, mostly with a space in front
 * @param ids the tokens, those of times included; not to be changed
 * @param temperature with which they were chosen: 0 unless that gave no good text
 * @param logProbability the mean logarithm of the probabilities of the tokens of its window of 30 seconds: below -1 the text is
 *            hardly right
 * @param noSpeech how probable it is that nobody speaks in that window, 0 to 1
 */
public record TranscriptionSegment(double start, double end, String text, int[] ids, double temperature,
        double logProbability, double noSpeech) {}
