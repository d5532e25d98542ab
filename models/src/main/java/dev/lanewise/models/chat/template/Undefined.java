package dev.lanewise.models.chat.template;

/**
 * The value of what is not there. It prints as nothing, has no elements and is false; anything else that is done with it is an
 * error.
 *
 * @param what it would have been, for a message
 */
record Undefined(String what) {
    static Undefined of(String what) {
        return new Undefined(what);
    }

    @Override
    public String toString() {
        return what + " is undefined";
    }
}
