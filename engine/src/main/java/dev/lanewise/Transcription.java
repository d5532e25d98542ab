package dev.lanewise;

import java.util.List;

/**
 * What is said in a recording.
 *
 * @param language its code, such as "en"; null if nobody speaks, and none was given
 * @param languageProbability how probable it is that this is the language, 0 to 1; 1 if it was given
 * @param segments the parts, in their order
 * @param finish {@link FinishReason#END_OF_AUDIO}, or why the rest is missing
 */
public record Transcription(String language, double languageProbability, List<TranscriptionSegment> segments,
        FinishReason finish) {
    /** Takes a copy of the list. */
    public Transcription {
        segments = List.copyOf(segments);
    }

    /** The text of all parts. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (TranscriptionSegment segment : segments) {
            text.append(segment.text());
        }
        return text.toString();
    }
}
