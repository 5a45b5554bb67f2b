/// Starts the appliance: the launcher, and the one recipe that joins the rooms.
/// May depend on: every room.
/// Threads: `Main` starts on the JVM's main thread; each room owns and names its own.
/// Not here: commands (`cli`), anything a room could do itself.
/// Read first: `Appliance`, then docs/map.md.
package io.shanhai;
