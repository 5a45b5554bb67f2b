package io.shanhai.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// One key of a section: everything about it in one place. The reference page and the commented default file
/// are produced from these. Supported component types: `int`, `long`, `double`, `boolean`, `String`, `Duration`
/// (`200ms`, `10s`, `5m`, `1h`), `DataSize` (`64KiB`, `16MiB`), enums (lower-case), `List<String>`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {

    /// The default, written as in the file; the empty string means "not set" for strings and lists.
    String value();

    /// What a number counts: `connections`, `threads`; empty when the type says it.
    String unit() default "";

    /// Allowed values, inclusive: `1..65535`, `10ms..1h`, `0.0..1.0`; empty for no bound.
    String range() default "";

    /// What it is for, one or two sentences.
    String doc();

    /// True when SIGHUP applies a change without a restart.
    boolean live() default false;
}
