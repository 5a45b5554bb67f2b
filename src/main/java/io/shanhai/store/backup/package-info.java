/// Keeps backup files: their format, writing one so that it is whole or not there, making one now and then.
/// May depend on: `store`, `metrics`.
/// Threads: a writer or reader is confined to the thread that uses it; `ScheduledBackups` owns one named thread.
/// Not here: what the records in a backup mean (`store.embedded.StoreBackup`).
/// Read first: `BackupWriter` for the format, then `BackupFile`, `ScheduledBackups`.
package io.shanhai.store.backup;
