package io.shanhai.admin;

import io.shanhai.gateway.plan.Violation;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Ends a request with an RFC 9457 answer. Without a stack trace: it is an answer to the client, not a fault of ours.
/// Made by [Problems].
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Answer answer;

    ProblemException(Answer answer) {
        super(answer.detail(), null, false, false);
        this.answer = answer;
    }

    public Answer answer() {
        return answer;
    }

    /// @param kind last part of the problem's type, stable
    /// @param detail this case, for people; never a secret
    /// @param headers response headers to add
    /// @param members further JSON members
    public record Answer(String kind, int status, String title, String detail, List<Violation> violations,
            Map<String, String> headers, Map<String, Object> members) {

        public Answer {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(title, "title");
            Objects.requireNonNull(detail, "detail");
            violations = List.copyOf(violations);
            headers = Map.copyOf(headers);
            members = Map.copyOf(members);
        }

        Answer withHeader(String name, String value) {
            return new Answer(kind, status, title, detail, violations, Map.of(name, value), members);
        }

        Answer withMember(String name, Object value) {
            return new Answer(kind, status, title, detail, violations, headers, Map.of(name, value));
        }
    }
}
