/// Turns a command line into a running appliance, or into calls on one.
/// May depend on: `store`, `settings`, `node`; starts the `Appliance`.
/// Threads: a command runs on the main thread; `Shutdown` also on signal and hook threads.
/// Not here: joining rooms (`Appliance`), what the admin API does (`admin`).
/// Read first: `Cli`, then `ServeCommand`, then `Shutdown`.
package io.shanhai.cli;
