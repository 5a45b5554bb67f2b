package io.shanhai.gateway.helidon;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.upstream.RequestBody;
import io.shanhai.gateway.upstream.UpstreamCall;

/// The client's end of one exchange, whichever protocol it speaks. Both ways to respond set the exchange's `status`,
/// `endNanos` and `responseBytes` (of the body); one of them is called, once.
interface ClientSide {

    RequestBody body();

    /// No further byte of the body is wanted. Whoever waits for one is woken soon, if need be by closing.
    void stopBody();

    /// Sends the gateway's own answer.
    ///
    /// @throws io.shanhai.gateway.upstream.ClientGoneException the client went away
    void answer(Exchange x, Answer answer);

    /// Passes on the response whose head `call` has, then its body as it comes.
    ///
    /// @throws io.shanhai.gateway.upstream.ClientGoneException the client went away
    /// @throws io.shanhai.gateway.upstream.UpstreamException the response broke off: the client must be able to tell
    void relay(Exchange x, UpstreamCall call);

    /// True when a part of a response was sent: no other one can follow.
    boolean isCommitted();
}
