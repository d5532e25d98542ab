package dev.lanewise.models.broken.chat.template;

/** Lets a template see the machine. */
public final class ReadsProperty {
    private ReadsProperty() {}

    static String name(String property) {
        return System.getProperty(property);
    }
}
