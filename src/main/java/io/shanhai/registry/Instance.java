package io.shanhai.registry;

import java.util.SortedMap;

/// One instance of a service as the registry knows it.
///
/// @param address as its key says, `host:port`
/// @param status only UP gets traffic
/// @param leaseId 0 when it has no lease
/// @param modRevision revision of its last write
/// @param why the reason when it is not UP or its value was not understood, `""` otherwise
public record Instance(String service, String address, Status status, int weight, String zone, SortedMap<String, String> tags,
        SortedMap<String, String> metadata, long leaseId, long modRevision, String why) {

    public enum Status { UP, SUSPECT, DOWN }
}
