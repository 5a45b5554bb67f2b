package io.shanhai.etcdwire;

import io.shanhai.node.SecretFile;
import io.shanhai.node.StartException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may pass the door: users with passwords, who get a token for them, and one token that needs no user. Kept as
/// digests, compared in constant time.
///
/// Thread safety: all threads.
final class Credentials {

    static final String FILE_NAME = "etcd-users";

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
    private static final int RANDOM_BYTES = 32; // 256 bits: no guessing, no need to slow guesses down
    private static final long TOKEN_NANOS = TimeUnit.MINUTES.toNanos(5); // etcd's simple tokens; each use renews it
    private static final int MAX_TOKENS = 10_000; // clients ask for one a connection; the longest unused goes
    private static final byte[] NOBODY = sha256("");

    private final boolean demanded;
    private final Map<String, byte[]> users;
    private final Optional<byte[]> token;
    private final LongSupplier nanoClock;
    private final SecureRandom random = new SecureRandom();
    /// Tokens given out, by their end; the longest unused first. Guarded by itself.
    private final LinkedHashMap<String, Long> given = new LinkedHashMap<>(16, 0.75f, true);

    private Credentials(boolean demanded, Map<String, byte[]> users, Optional<byte[]> token, LongSupplier nanoClock) {
        this.demanded = demanded;
        this.users = users;
        this.token = token;
        this.nanoClock = nanoClock;
    }

    /// What the settings name; a user of its own when one is demanded and they name none.
    ///
    /// @param dataFolder where a generated user is kept
    /// @throws StartException when a file cannot be read, or says something else
    static Credentials of(EtcdSettings settings, boolean onLoopback, Path dataFolder, LongSupplier nanoClock) {
        try {
            Map<String, byte[]> users = settings.usersFile().isEmpty()
                    ? Map.of()
                    : users("etcd.users-file", Path.of(settings.usersFile()));
            Optional<byte[]> token = settings.tokenFile().isEmpty()
                    ? Optional.empty()
                    : Optional.of(sha256(firstLine(Path.of(settings.tokenFile()))));
            boolean configured = !users.isEmpty() || token.isPresent();
            if (!onLoopback && !configured) {
                users = generated(dataFolder.resolve(FILE_NAME));
            }
            return new Credentials(!onLoopback || configured, users, token, nanoClock);
        } catch (IOException e) {
            throw new StartException("the users of the etcd door cannot be read or written: " + e
                    + " (see etcd.users-file, etcd.token-file, and the rights of the data folder)", e);
        }
    }

    private static Map<String, byte[]> generated(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] password = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(password);
            SecretFile.write(file, "root:" + Base64.getUrlEncoder().withoutPadding().encodeToString(password) + "\n");
        }
        LOG.info("the etcd door's user and password are in {}", file.toAbsolutePath());
        return users("the users of the etcd door", file);
    }

    private static Map<String, byte[]> users(String setting, Path file) throws IOException {
        Map<String, byte[]> users = new HashMap<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon < 1 || colon == line.length() - 1) {
                throw new StartException(setting + " " + file + ":" + (i + 1) + ": no user (expected: NAME:PASSWORD)");
            }
            users.put(line.substring(0, colon), sha256(line.substring(colon + 1)));
        }
        if (users.isEmpty()) {
            throw new StartException(setting + " " + file + ": empty (expected: one NAME:PASSWORD a line)");
        }
        return users;
    }

    private static String firstLine(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            String token = lines.findFirst().orElse("").strip();
            if (token.isEmpty()) {
                throw new StartException("etcd.token-file " + file + ": empty (expected: a token in its first line)");
            }
            return token;
        }
    }

    /// Whether a request without a token is refused.
    boolean areDemanded() {
        return demanded;
    }

    /// @return a token, empty when it is not this user's password
    Optional<String> login(String name, String password) {
        byte[] digest = sha256(password);
        byte[] expected = users.getOrDefault(name, NOBODY);
        if (!MessageDigest.isEqual(expected, digest) || !users.containsKey(name)) {
            return Optional.empty();
        }
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String made = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        synchronized (given) {
            given.put(made, nanoClock.getAsLong() + TOKEN_NANOS);
            if (given.size() > MAX_TOKENS) {
                given.remove(given.firstEntry().getKey());
            }
        }
        return Optional.of(made);
    }

    /// Whether the token is good now; if it is, it is for another while.
    boolean knows(String presented) {
        if (token.isPresent() && MessageDigest.isEqual(token.get(), sha256(presented))) {
            return true;
        }
        long now = nanoClock.getAsLong();
        synchronized (given) {
            Long end = given.get(presented);
            if (end == null) {
                return false;
            }
            if (end - now < 0) {
                given.remove(presented);
                return false;
            }
            given.put(presented, now + TOKEN_NANOS);
            return true;
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
