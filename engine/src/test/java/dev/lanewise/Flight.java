package dev.lanewise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * A flight recording of this process, read when it is over. A stream of events would be simpler, but on a loaded machine it gives
 * some of them twice and loses the first.
 */
final class Flight implements AutoCloseable {
    private final Recording recording = new Recording();
    private List<RecordedEvent> events;

    /** Begins to record Lanewise's own events, and those of a name. */
    Flight(String... more) {
        for (String event : more) {
            recording.enable(event).withoutThreshold();
        }
        recording.start();
    }

    /** Ends the recording; returns its events of a name, in the order of their time. */
    List<RecordedEvent> events(String name) throws IOException {
        if (events == null) {
            recording.stop();
            Path file = Files.createTempFile("flight", ".jfr");
            recording.dump(file);
            events = RecordingFile.readAllEvents(file);
            Files.delete(file);
        }
        return events.stream().filter(event -> event.getEventType().getName().equals(name))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime)).toList();
    }

    @Override
    public void close() {
        recording.close();
    }
}
