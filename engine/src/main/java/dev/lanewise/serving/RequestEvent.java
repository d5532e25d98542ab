package dev.lanewise.serving;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A request has ended. */
@Name("dev.lanewise.Request")
@Label("Request")
@Category("Lanewise")
@StackTrace(false)
final class RequestEvent extends Event {
    private static final RequestEvent PROBE = new RequestEvent();

    @Label("Outcome")
    String outcome;
    @Label("Kind")
    String kind;
    @Label("Tokens")
    @Description("Those computed together: of the text, or of prompt and answer")
    int tokens;
    @Label("Queue Wait")
    @Timespan
    long queueWait;
    @Label("Time")
    @Timespan
    long time;

    static void commit(RequestLoop.Outcome outcome, Request<?> request) {
        if (PROBE.isEnabled()) {
            RequestEvent event = new RequestEvent();
            event.outcome = outcome.name().toLowerCase(java.util.Locale.ROOT);
            event.kind = request.kind();
            event.tokens = request.tokens();
            event.queueWait = request.waited();
            event.time = System.nanoTime() - request.submitted();
            event.commit();
        }
    }
}
