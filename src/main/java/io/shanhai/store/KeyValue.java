package io.shanhai.store;

/// A key at a revision.
///
/// @param createRevision revision of the write that created it (since its last deletion)
/// @param modRevision revision of its last write
/// @param version writes since creation, 1 for the first; 0 in a deletion event
/// @param lease id of the attached lease, 0 for none
public record KeyValue(Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {}
