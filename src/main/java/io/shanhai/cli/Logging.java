package io.shanhai.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.shanhai.cli.LogSettings.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Configures the log in code. Logback finds this class as a service and asks it before anything is logged: its own
/// default would be DEBUG for everybody. [#apply] then follows the settings.
public final class Logging extends ContextAwareBase implements Configurator {

    private static final String TEXT_PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{24} - %msg%replace( [%X{trace_id}]){' \\[\\]',''}%n%ex";
    /// At most one line per cause is of use to an operator; libraries that chat are kept to warnings.
    private static final String[] QUIET = {"io.helidon", "org.h2"};

    /// For Logback.
    public Logging() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        configure(context, new LogSettings(Format.AUTO, LogSettings.Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /// Takes up the settings; may be called again.
    static void apply(LogSettings settings) {
        configure((LoggerContext) LoggerFactory.getILoggerFactory(), settings);
        takeOverJavaLogging();
    }

    private static void configure(LoggerContext context, LogSettings settings) {
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(isJson(settings.format()) ? json(context) : text(context));
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.toLevel(settings.level().name()));
        for (String name : QUIET) {
            context.getLogger(name).setLevel(Level.WARN);
        }
    }

    private static boolean isJson(Format format) {
        return switch (format) {
            case JSON -> true;
            case TEXT -> false;
            case AUTO -> !isTerminal();
        };
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        JsonLines encoder = new JsonLines();
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(TEXT_PATTERN);
        encoder.start();
        return encoder;
    }

    /// Whether standard error is read by a person. `System.console()` looks at standard input and output only, and
    /// loads a line editor for it.
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null; // no /proc: not Linux
        }
    }

    /// Helidon and the JDK write to java.util.logging: its warnings go the way of our own.
    private static void takeOverJavaLogging() {
        LogManager.getLogManager().reset();
        java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
        root.setLevel(java.util.logging.Level.WARNING);
        root.addHandler(new JavaLogging());
    }

    private static final class JavaLogging extends Handler {

        @Override
        public void publish(LogRecord event) {
            int level = event.getLevel().intValue();
            if (level < java.util.logging.Level.WARNING.intValue()) {
                return;
            }
            Logger logger = LoggerFactory.getLogger(event.getLoggerName() == null ? "java" : event.getLoggerName());
            LoggingEventBuilder line = level >= java.util.logging.Level.SEVERE.intValue() ? logger.atError() : logger.atWarn();
            line.setCause(event.getThrown()).log(new java.util.logging.SimpleFormatter().formatMessage(event));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
