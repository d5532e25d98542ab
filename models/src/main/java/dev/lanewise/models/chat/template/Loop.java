package dev.lanewise.models.chat.template;

import java.util.List;

/** What a template knows of the loop it is in. */
final class Loop {
    private final List<Object> elements;
    private int index;

    Loop(List<Object> elements) {
        this.elements = elements;
    }

    void at(int element) {
        index = element;
    }

    Object attribute(String name) {
        int length = elements.size();
        return switch (name) {
            case "index" -> (long) index + 1;
            case "index0" -> (long) index;
            case "revindex" -> (long) length - index;
            case "revindex0" -> (long) length - index - 1;
            case "first" -> index == 0;
            case "last" -> index == length - 1;
            case "length" -> (long) length;
            case "depth" -> 1L; // of recursion, which there is none of
            case "depth0" -> 0L;
            case "previtem" -> index > 0 ? elements.get(index - 1) : Undefined.of("the element before the first");
            case "nextitem" -> index + 1 < length
                    ? elements.get(index + 1)
                    : Undefined.of("the element behind the last");
            case "cycle" -> (Function) (in, given) -> {
                if (given.positional().isEmpty()) {
                    throw in.error("cycle needs something to choose from");
                }
                return given.positional().get(index % given.positional().size());
            };
            default -> Undefined.of("'loop." + name + "'");
        };
    }
}
