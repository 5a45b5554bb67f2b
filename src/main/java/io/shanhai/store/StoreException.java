package io.shanhai.store;

/// A request the store refuses. Nothing was changed, except perhaps with UNAVAILABLE from a store in another process: a
/// write that was sent and not answered may have been made, and the detail says so.
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// The texts are etcd's, byte for byte: clients match them.
    public enum Code {
        EMPTY_KEY("etcdserver: key is not provided"),
        KEY_NOT_FOUND("etcdserver: key not found"),
        VALUE_PROVIDED("etcdserver: value is provided"),
        LEASE_PROVIDED("etcdserver: lease is provided"),
        TOO_MANY_OPS("etcdserver: too many operations in txn request"),
        DUPLICATE_KEY("etcdserver: duplicate key given in txn request"),
        COMPACTED("etcdserver: mvcc: required revision has been compacted"),
        FUTURE_REVISION("etcdserver: mvcc: required revision is a future revision"),
        LEASE_NOT_FOUND("etcdserver: requested lease not found"),
        LEASE_EXISTS("etcdserver: lease already exists"),
        LEASE_TTL_TOO_LARGE("etcdserver: too large lease TTL"),
        TOO_MANY_REQUESTS("etcdserver: too many requests"),
        REQUEST_TOO_LARGE("etcdserver: request is too large"),
        NO_SPACE("etcdserver: mvcc: database space exceeded"),
        UNAVAILABLE("etcdserver: server stopped");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private final Code code;
    private final String detail;

    public StoreException(Code code) {
        super(code.text());
        this.code = code;
        this.detail = code.text();
    }

    /// @param detail what an operator needs beyond etcd's text: the disk error, the remedy
    public StoreException(Code code, String detail, Throwable cause) {
        super(code.text() + ": " + detail, cause);
        this.code = code;
        this.detail = detail;
    }

    public Code code() {
        return code;
    }

    /// What went wrong and what helps, for people: the message without etcd's text, unless that is all there is.
    public String detail() {
        return detail;
    }
}
