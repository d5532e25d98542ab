package dev.lanewise.models.chat.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template is given. */
final class Globals {
    private static final int LONGEST_RANGE = 100_000;

    private static final Map<String, Object> ALL = Map.of("raise_exception", (Function) Globals::raise, "strftime_now",
            (Function) Globals::now, "range", (Function) Globals::range, "namespace", (Function) Globals::namespace,
            "dict", (Function) Globals::dict);

    private Globals() {}

    static Map<String, Object> all() {
        return ALL;
    }

    private static Object raise(Interpreter in, Given given) {
        Object message = given.bind(in, "raise_exception", "message")[0];
        throw in.error("the template refuses the conversation: " + Printer.text(in, message));
    }

    private static Object now(Interpreter in, Given given) {
        if (!(given.bind(in, "strftime_now", "format")[0] instanceof String format)) {
            throw in.error("strftime_now needs a format");
        }
        return TimeFormat.format(in, format, in.now());
    }

    private static Object range(Interpreter in, Given given) {
        Object[] bound = given.bind(in, "range", "start", "stop", "step");
        boolean single = given.positional().size() == 1;
        long from = single ? 0 : in.values().whole(bound[0], "the start of a range");
        long to = in.values().whole(single ? bound[0] : bound[1], "the end of a range");
        long step = bound[2] == null ? 1 : in.values().whole(bound[2], "the step of a range");
        if (step == 0) {
            throw in.error("the step of a range must not be 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            in.pay(1);
            if (numbers.size() == LONGEST_RANGE || step > 0 && i > Long.MAX_VALUE - step
                    || step < 0 && i < Long.MIN_VALUE - step) {
                throw in.error("a range of more than " + LONGEST_RANGE + " numbers");
            }
            numbers.add(i);
        }
        return numbers;
    }

    private static Object namespace(Interpreter in, Given given) {
        Namespace namespace = new Namespace();
        namespace.values.putAll(dictionary(in, given));
        return namespace;
    }

    private static Object dict(Interpreter in, Given given) {
        return dictionary(in, given);
    }

    private static Map<String, Object> dictionary(Interpreter in, Given given) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Object part : given.positional()) {
            if (!(part instanceof Map<?, ?> map)) {
                throw in.error("this takes named values, or a dictionary");
            }
            map.forEach((key, value) -> all.put((String) key, value));
        }
        all.putAll(given.named());
        return all;
    }
}
