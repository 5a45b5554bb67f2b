package io.shanhai.gateway;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

/// What a filter wants to happen next.
public sealed interface Verdict {

    /// Go on with the next filter, or with the target after the last one.
    enum Continue implements Verdict {
        CONTINUE
    }

    /// Send this to the client; no later filter runs and no upstream is asked.
    ///
    /// @param headers name, value, name, value, …; without Content-Length, which the engine writes
    /// @param body sent as it is; not sent, only counted, for HEAD
    record Answer(int status, List<String> headers, byte[] body) implements Verdict {

        public Answer {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("status: " + status + " (expected: 200..599)");
            }
            headers = List.copyOf(headers);
            Objects.requireNonNull(body, "body");
        }
    }

    /// Run the task on a virtual thread, then go on with what it returns, which may not be a `Suspend`.
    /// The helidon engine simply calls it; the nio engine stops reading the connection and resumes on its loop.
    /// A task that throws is answered with 500 `filter:<name>`.
    ///
    /// @param filter name of the filter, for the reason of a failure
    record Suspend(String filter, Callable<Verdict> task) implements Verdict {}
}
