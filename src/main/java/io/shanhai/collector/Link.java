package io.shanhai.collector;

/// One service called another that often, in the traces that are kept.
public record Link(String parent, String child, long calls) {}
