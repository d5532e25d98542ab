package dev.lanewise.tools.cache;

import java.io.IOException;

/** A package could not be had; the message is the reason alone. */
final class FetchException extends IOException {
    private static final long serialVersionUID = 1L;

    FetchException(String reason) {
        super(reason);
    }
}
