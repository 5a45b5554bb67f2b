/// Finds the route of a request.
/// May depend on: `gateway`.
/// Threads: a `RouteTable` is immutable.
/// Not here: what routes are stored as (`gateway.plan`), what happens after the match (`gateway.filter`).
/// Read first: `RouteMatch` (what can be matched), then `RouteTable` (which route wins).
package io.shanhai.gateway.route;
