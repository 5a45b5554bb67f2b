package io.shanhai.etcdwire;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What went wrong as a gRPC status. Texts and codes are etcd's (`rpctypes/error.go` of 3.4): clients compare both.
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    static final Status TOO_MANY_REQUESTS = Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests");
    static final Status INVALID_TOKEN = Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token");
    static final Status NO_USER = Status.INVALID_ARGUMENT.withDescription("etcdserver: user name is empty");
    static final Status AUTH_FAILED = Status.INVALID_ARGUMENT
            .withDescription("etcdserver: authentication failed, invalid user ID or password");
    static final Status AUTH_OFF = Status.FAILED_PRECONDITION.withDescription("etcdserver: authentication is not enabled");
    static final Status BAD_TRANSFEREE = Status.FAILED_PRECONDITION.withDescription("etcdserver: bad leader transferee");
    static final Status STOPPED = Status.UNAVAILABLE.withDescription("etcdserver: server stopped");

    private Refusals() {}

    static Status of(StoreException e) {
        return status(e.code()).withDescription(e.code().text());
    }

    private static Status status(Code code) {
        return switch (code) {
            case EMPTY_KEY, KEY_NOT_FOUND, VALUE_PROVIDED, LEASE_PROVIDED, TOO_MANY_OPS, DUPLICATE_KEY, REQUEST_TOO_LARGE ->
                Status.INVALID_ARGUMENT;
            case COMPACTED, FUTURE_REVISION, LEASE_TTL_TOO_LARGE -> Status.OUT_OF_RANGE;
            case LEASE_NOT_FOUND -> Status.NOT_FOUND;
            case LEASE_EXISTS -> Status.FAILED_PRECONDITION;
            case NO_SPACE, TOO_MANY_REQUESTS -> Status.RESOURCE_EXHAUSTED;
            case UNAVAILABLE -> Status.UNAVAILABLE;
        };
    }

    /// Anything that a call may have thrown. What is our bug is logged, and told without its details.
    static Status of(Throwable thrown) {
        return switch (thrown) {
            case StoreException e -> of(e);
            case StatusRuntimeException e -> e.getStatus();
            case StatusException e -> e.getStatus();
            case InterruptedException _ -> Status.CANCELLED.withDescription("the call was cancelled");
            default -> {
                LOG.error("a request failed", thrown);
                yield Status.INTERNAL.withDescription("etcdserver: internal error, see the node's log");
            }
        };
    }

    /// The call as one that etcd makes through a client of its own, as its lock and election services do: there a refusal
    /// keeps its text and loses its code.
    static <R> Callable<R> byClient(Callable<R> call) {
        return () -> {
            try {
                return call.call();
            } catch (StoreException e) {
                throw Status.UNKNOWN.withDescription(e.code().text()).asRuntimeException();
            }
        };
    }

    /// etcd does it, this door does not.
    static StatusRuntimeException notServed(String what) {
        return Status.UNIMPLEMENTED.withDescription(what).asRuntimeException();
    }
}
