package dev.lanewise.models.chat.template;

import java.util.List;
import java.util.Map;

/**
 * The arguments of a call.
 *
 * @param positional those without names
 * @param named those with names
 */
record Given(List<Object> positional, Map<String, Object> named) {
    static final Given NOTHING = new Given(List.of(), Map.of());

    /**
     * The arguments in the order of their names; what is missing is null, as what is none.
     *
     * @param what is called, for a message
     */
    Object[] bind(Interpreter in, String what, String... names) {
        if (positional.size() > names.length) {
            throw in.error(
                    what + " takes " + (names.length == 0 ? "no" : "at most " + names.length) + " arguments, not "
                            + positional.size());
        }
        Object[] bound = new Object[names.length];
        int used = 0;
        for (int i = 0; i < names.length; i++) {
            if (i < positional.size()) {
                bound[i] = positional.get(i);
            } else if (named.containsKey(names[i])) {
                bound[i] = named.get(names[i]);
                used++;
            }
        }
        if (used < named.size()) {
            throw in.error(what + " does not know all of the arguments " + named.keySet());
        }
        return bound;
    }

    boolean isEmpty() {
        return positional.isEmpty() && named.isEmpty();
    }
}
