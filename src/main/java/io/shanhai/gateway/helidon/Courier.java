package io.shanhai.gateway.helidon;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.gateway.Verdict.Suspend;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.ClientGoneException;
import io.shanhai.gateway.upstream.MalformedBodyException;
import io.shanhai.gateway.upstream.UpstreamCall;
import io.shanhai.gateway.upstream.UpstreamClient;
import io.shanhai.gateway.upstream.UpstreamException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries one exchange from the chain's entry to its end, on the request's own virtual thread. Safe for all threads.
final class Courier {

    /// nginx's convention: the client went away first.
    static final int CLIENT_CLOSED_REQUEST = 499;

    private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

    private final Chain chain;
    private final Balancer balancer;
    private final UpstreamClient upstream;
    private final LongAdder inFlight = new LongAdder();

    Courier(Chain chain, Balancer balancer, UpstreamClient upstream) {
        this.chain = chain;
        this.balancer = balancer;
        this.upstream = upstream;
    }

    /// Exchanges that have entered and not left.
    long inFlight() {
        return inFlight.sum();
    }

    /// Answers `x` and ends it.
    ///
    /// @return false when the client's connection cannot be used further: a response broke off, or the client did
    boolean carry(Exchange x, ClientSide client) {
        inFlight.increment();
        boolean intact = false;
        try {
            intact = respond(x, client);
        } finally {
            x.requestBytes = client.body().taken();
            if (x.endNanos == 0) {
                x.endNanos = System.nanoTime(); // no response was sent to its end
            }
            chain.leave(x);
            inFlight.decrement();
        }
        return intact;
    }

    private boolean respond(Exchange x, ClientSide client) {
        try {
            Verdict verdict = chain.enter(x);
            if (verdict instanceof Suspend suspend) {
                verdict = chain.runSuspended(x, suspend);
            }
            return switch (verdict) {
                case Answer answer -> answer(x, client, answer);
                case Continue _ -> forward(x, client);
                case Suspend again -> throw new IllegalStateException("filter " + again.filter() + " suspended twice");
            };
        } catch (ClientGoneException e) {
            x.status = CLIENT_CLOSED_REQUEST;
            x.reason = "client:gone";
            return false;
        } catch (RuntimeException e) {
            return failed(x, client, e);
        }
    }

    private static boolean answer(Exchange x, ClientSide client, Answer answer) {
        client.answer(x, answer);
        return true;
    }

    private boolean forward(Exchange x, ClientSide client) {
        UpstreamCall call = upstream.call(x, client.body());
        try {
            Answer refusal = attempt(x, call);
            if (refusal != null) {
                return answer(x, client, refusal);
            }
            client.relay(x, call);
            return true;
        } catch (UpstreamException e) {
            // The head is out; what is left is to cut the response short so that nobody takes it for whole.
            x.reason = "upstream:" + e.failure().word();
            return false;
        } finally {
            call.close();
            settle(x, client, call);
        }
    }

    /// Tries endpoints until one gives a response head.
    ///
    /// @return the answer when none did; null when the call has a head
    private Answer attempt(Exchange x, UpstreamCall call) {
        CountDownLatch free = new CountDownLatch(1);
        if (!balancer.admit(x, free::countDown) && !await(x, free)) {
            return balancer.pendingTooLong(x);
        }
        for (;;) {
            if (balancer.next(x) == null) {
                return balancer.unavailable(x);
            }
            try {
                call.send();
                if (!balancer.mayRetryStatus(x, call.status(), call.isRepeatable())) {
                    return null;
                }
            } catch (UpstreamException e) {
                if (!balancer.mayRetry(x, e.failure(), call.isRepeatable())) {
                    return balancer.failed(x, e.failure(), e.getMessage());
                }
            } catch (MalformedBodyException e) {
                Malformed why = e.malformed();
                return Problem.refuse(x, why.status(), why.reason(), "Malformed request body", why.detail());
            }
        }
    }

    private static boolean await(Exchange x, CountDownLatch free) {
        try {
            return free.await(x.admittedNanos + x.route.timeoutNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the engine closes
            return false;
        }
    }

    /// An upload may still wait for the client; the client's connection is this thread's again only when it has ended.
    private static void settle(Exchange x, ClientSide client, UpstreamCall call) {
        client.stopBody();
        try {
            call.awaitUpload();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the engine closes; so does this connection
            x.reason = x.reason == null ? "gateway:closing" : x.reason;
        }
    }

    private static boolean failed(Exchange x, ClientSide client, RuntimeException e) {
        LOG.error("{} {} failed on route {}", x.method, x.path, x.route == null ? Chain.NO_ROUTE : x.route.id(), e);
        x.reason = "gateway:defect";
        if (client.isCommitted()) {
            return false;
        }
        try {
            client.answer(x, Problem.refuse(x, 500, "gateway:defect", "Internal Server Error",
                    "The gateway failed. Its log has the cause."));
            return true;
        } catch (ClientGoneException _) {
            x.status = CLIENT_CLOSED_REQUEST;
            return false;
        }
    }
}
