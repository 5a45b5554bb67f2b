package io.shanhai.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a record as one section of the settings file. Its components are the keys, in kebab-case:
/// `idleTimeout` of section `gateway` is `gateway.idle-timeout` in the file and `SHANHAI_GATEWAY_IDLE_TIMEOUT`
/// in the environment.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Section {

    /// The section's name; dots nest: `store.etcd`.
    String value();

    /// One sentence for the reference page.
    String doc();
}
