package io.shanhai.gateway.upstream;

import io.shanhai.gateway.http1.Malformed;
import java.io.IOException;

/// What should be a body is none. No stack trace: being refused is the ordinary fate of hostile input.
public final class MalformedBodyException extends IOException {

    private static final long serialVersionUID = 1;

    private final transient Malformed malformed;

    public MalformedBodyException(Malformed malformed) {
        super(malformed.detail());
        this.malformed = malformed;
    }

    public Malformed malformed() {
        return malformed;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
