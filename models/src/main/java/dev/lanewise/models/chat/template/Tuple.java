package dev.lanewise.models.chat.template;

import java.util.AbstractList;
import java.util.List;

/** A list that prints in round brackets. */
final class Tuple extends AbstractList<Object> {
    private final List<Object> elements;

    /** @param elements not to be changed */
    Tuple(List<Object> elements) {
        this.elements = elements;
    }

    @Override
    public Object get(int index) {
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }
}
