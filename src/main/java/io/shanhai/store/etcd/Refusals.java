package io.shanhai.store.etcd;

import io.grpc.Status;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What etcd and gRPC say when they refuse, in the store's words. etcd's own texts come as the status's description.
final class Refusals {

    private static final Map<String, Code> BY_TEXT = Arrays.stream(Code.values()).filter(code -> code != Code.UNAVAILABLE)
            .collect(Collectors.toUnmodifiableMap(Code::text, Function.identity()));
    private static final String TOO_LARGE = "larger than max"; // grpc-go, for messages above etcd's limit and 512 KiB more

    private static final String GRPC_SAYS_NOTHING = "io exception"; // the cause says what

    static final String NO_TOKEN = "etcdserver: user name is empty"; // authentication is on, and the call had no token
    static final String OLD_TOKEN = "etcdserver: invalid auth token";
    static final String OLD_AUTH_REVISION = "etcdserver: revision of auth store is old";
    static final String DENIED = "etcdserver: permission denied";
    static final String WRONG_PASSWORD = "etcdserver: authentication failed, invalid user ID or password";
    static final String AUTH_IS_OFF = "etcdserver: authentication is not enabled";

    private Refusals() {}

    static String text(Status status) {
        return status.getDescription() == null ? "" : status.getDescription();
    }

    /// etcd, or the member that was asked, cannot work at present; its answer says nothing about the request.
    static boolean isAbsence(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED, INTERNAL, UNKNOWN -> true;
            case OK, INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION,
                    OUT_OF_RANGE, UNIMPLEMENTED, DATA_LOSS, UNAUTHENTICATED ->
                false;
        };
    }

    /// The token is none any more, or there was none: a new one helps, and nothing was done.
    static boolean wantsToken(Status status) {
        String text = text(status);
        return text.equals(NO_TOKEN) || text.equals(OLD_TOKEN) || text.equals(OLD_AUTH_REVISION);
    }

    /// @param detail for UNAVAILABLE: what an operator needs to know
    static StoreException of(Status status, String detail) {
        Code code = BY_TEXT.get(text(status));
        if (code != null) {
            return new StoreException(code);
        }
        boolean tooLarge = status.getCode() == Status.Code.RESOURCE_EXHAUSTED && text(status).contains(TOO_LARGE);
        return tooLarge
                ? new StoreException(Code.REQUEST_TOO_LARGE)
                : new StoreException(Code.UNAVAILABLE, detail, status.asRuntimeException());
    }

    /// The status in a line of a few words: the deepest cause says it best ("Connection refused").
    static String reason(Status status) {
        String text = text(status).lines().findFirst().orElse(""); // netty's pipeline follows
        if (text.equals(GRPC_SAYS_NOTHING)) {
            text = "";
        }
        Throwable cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String deepest = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
        if (!deepest.isEmpty() && !text.contains(deepest)) {
            return text.isEmpty() ? deepest : text + " (" + deepest + ")";
        }
        return text.isEmpty() ? status.getCode().toString() : text;
    }
}
