package dev.lanewise.serving;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One pass through the layers: texts that are embedded, or prefill and decode steps together. */
@Name("dev.lanewise.Pass")
@Label("Pass")
@Category("Lanewise")
@StackTrace(false)
final class PassEvent extends Event {
    private static final PassEvent PROBE = new PassEvent();

    @Label("Kind")
    @Description("embedding, prefill, decode, or mixed: prefill and decode")
    String kind;
    @Label("Texts")
    int texts;
    @Label("Prefill Tokens")
    @Description("Of prompts, or of texts that are embedded")
    int prefillTokens;
    @Label("Decode Tokens")
    int decodeTokens;
    @Label("Waiting")
    @Description("Requests that wait")
    int waiting;
    @Label("Unused Pages")
    @Description("Of the memory for keys and values")
    int unusedPages;

    /** An event that begins now, or null if nobody wants it. */
    static PassEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        PassEvent event = new PassEvent();
        event.begin();
        return event;
    }

    void finish(int ofTexts, int prefill, int decode, int nowWaiting, int unused) {
        kind = decode == 0 ? unused < 0 ? "embedding" : "prefill" : prefill == 0 ? "decode" : "mixed";
        texts = ofTexts;
        prefillTokens = prefill;
        decodeTokens = decode;
        waiting = nowWaiting;
        unusedPages = Math.max(0, unused);
        commit();
    }
}
