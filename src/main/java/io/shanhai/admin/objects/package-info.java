/// Serves the objects a Plan is made of: one, several at once, as they were, and what changed between.
/// May depend on: `admin`, `gateway`, `gateway.plan`, `registry`, `membership`, `settings`.
/// Threads: one virtual thread per connection; the services are safe for all threads.
/// Not here: how a change set is applied (`gateway.plan`), registering single instances (`admin`).
/// Read first: `ObjectsService`, then `ChangesService`, then `DiffService`.
package io.shanhai.admin.objects;
