/// Compiles what is stored into the Plan the data plane serves.
/// May depend on: `gateway`, `gateway.route`, `gateway.filter`, `registry`, `membership`, `store`, `limiter`, `json`, `metrics`, `settings`.
/// Threads: `Planner` is called by the change feed\'s thread alone; `Catalogue`, `ChangeSets`, `History` and `Differences` are
/// safe for all threads.
/// Not here: matching a request (`gateway.route`), the HTTP API (`admin`).
/// Read first: `RouteSpec`, `LimitSpec`, then `Planner`, then `Catalogue`, then `ChangeSets`.
package io.shanhai.gateway.plan;
