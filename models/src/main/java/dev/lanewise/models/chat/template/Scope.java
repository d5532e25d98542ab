package dev.lanewise.models.chat.template;

import java.util.HashMap;
import java.util.Map;

/** The variables of a template, of a macro's call, or of one round of a loop. What is set in a round is gone after it. */
final class Scope {
    private final Scope outer; // or null
    private final Map<String, Object> values = new HashMap<>();

    Scope(Scope outer) {
        this.outer = outer;
    }

    void set(String name, Object value) {
        values.put(name, value);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.values.containsKey(name)) {
                return scope.values.get(name);
            }
        }
        return Undefined.of("'" + name + "'");
    }
}
