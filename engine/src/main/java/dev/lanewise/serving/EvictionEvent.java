package dev.lanewise.serving;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A shared page of keys and values gave way to a text that needs it. */
@Name("dev.lanewise.CacheEviction")
@Label("Cache Eviction")
@Category("Lanewise")
@StackTrace(false)
final class EvictionEvent extends Event {
    private static final EvictionEvent PROBE = new EvictionEvent();

    @Label("Kept Pages")
    int keptPages;

    static void commit(int kept) {
        if (PROBE.isEnabled()) {
            EvictionEvent event = new EvictionEvent();
            event.keptPages = kept;
            event.commit();
        }
    }
}
