package io.shanhai.explain;

import io.shanhai.collector.Trace;
import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Stage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The decisions of one request, in the order it met them.
///
/// @param decisions never empty
record Story(List<Decision> decisions) {

    Story {
        decisions = decisions.stream().sorted(Comparator.comparing(Decision::stage)).toList(); // stable: limits keep order
    }

    /// The requests of a trace, oldest first: a client that retries, or a request that passes the gateway twice, leaves
    /// several under one id. All decisions of a request carry one moment, the end of that request.
    static List<Story> of(Trace trace) {
        Map<Long, List<Decision>> byMoment = new TreeMap<>();
        for (Decision decision : trace.decisions()) {
            byMoment.computeIfAbsent(decision.epochNanos(), _ -> new ArrayList<>()).add(decision);
        }
        return byMoment.values().stream().map(Story::new).toList();
    }

    Optional<Decision> first(Stage stage) {
        return decisions.stream().filter(decision -> decision.stage() == stage).findFirst();
    }

    List<Decision> all(Stage stage) {
        return decisions.stream().filter(decision -> decision.stage() == stage).toList();
    }

    /// The revision the request read; every decision of it carries the same.
    long revision() {
        return decisions.getFirst().revision();
    }

    /// Value of an input, empty when the decision has none of that name.
    static Optional<String> input(Decision decision, String name) {
        List<String> inputs = decision.inputs();
        for (int i = 0; i < inputs.size(); i += 2) {
            if (inputs.get(i).equals(name)) {
                return Optional.of(inputs.get(i + 1));
            }
        }
        return Optional.empty();
    }
}
