package io.shanhai.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/// Which build this is.
///
/// @param number as in the build file: `0.1.0`
/// @param commit short commit id, empty when the build was not told
public record Version(String number, String commit) {

    private static final String RESOURCE = "version.properties";

    /// The version of the running code.
    public static Version current() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing (expected: written by the build)");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + RESOURCE, e);
        }
        return new Version(properties.getProperty("version"), Optional.ofNullable(properties.getProperty("commit")).orElse(""));
    }

    @Override
    public String toString() {
        return commit.isEmpty() ? number : number + " (" + commit + ")";
    }
}
