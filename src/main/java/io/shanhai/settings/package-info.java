/// Reads the settings file, environment and flags into one immutable record per room.
/// May depend on: nothing.
/// Threads: reading is done once at start; the records are immutable.
/// Not here: which settings exist (each room's own `…Settings` record).
/// Read first: `Setting`, then `Settings`.
package io.shanhai.settings;
