package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import java.util.Locale;
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
    @Label("Reason")
    @Description("Of one that was rejected")
    String reason;
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

    static void commit(RequestLoop.Outcome outcome, Request<?> request, Throwable failure) {
        if (PROBE.isEnabled()) {
            RequestEvent event = new RequestEvent();
            event.outcome = outcome.name().toLowerCase(Locale.ROOT);
            if (failure instanceof RequestRejectedException rejected) {
                event.reason = rejected.reason().name().toLowerCase(Locale.ROOT);
            }
            event.kind = request.kind();
            event.tokens = request.tokens();
            event.queueWait = request.waited();
            event.time = System.nanoTime() - request.submitted();
            event.commit();
        }
    }
}
