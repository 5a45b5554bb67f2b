package io.shanhai.admin;

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
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bearer token that opens the door. Kept as a digest, compared in constant time.
final class AdminToken {

    static final String FILE_NAME = "admin-token";

    private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
    private static final int RANDOM_BYTES = 32; // 256 bits: no guessing, no need to slow guesses down

    private final byte[] digest;

    private AdminToken(String token) {
        digest = sha256(token);
    }

    /// The token the settings name.
    ///
    /// @return empty when they name none
    /// @throws StartException when they name two, or one that cannot be presented in a header
    static Optional<AdminToken> configured(AdminSettings settings) throws IOException {
        if (settings.tokenFile().isEmpty()) {
            return settings.token().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new AdminToken(checked("admin.token", settings.token())));
        }
        if (!settings.token().isEmpty()) {
            throw new StartException(
                    "admin.token and admin.token-file are both set (expected: one of them)");
        }
        return Optional.of(new AdminToken(readFirstLine("admin.token-file", Path.of(settings.tokenFile()))));
    }

    /// The token in the data folder, made there when there is none. Its path, never the token, is logged.
    static AdminToken generated(Path dataFolder) throws IOException {
        Path file = dataFolder.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            byte[] random = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(random);
            SecretFile.write(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
        }
        LOG.info("the admin token is in {}", file.toAbsolutePath());
        return new AdminToken(readFirstLine("admin token", file));
    }

    /// In constant time; the digests have one length whatever is presented.
    boolean matches(String presented) {
        return MessageDigest.isEqual(digest, sha256(presented));
    }

    private static String readFirstLine(String setting, Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        return checked(setting + " " + file, text.lines().findFirst().orElse("").strip());
    }

    /// RFC 6750 section 2.1: `b64token`. Anything else could not be sent as `Authorization: Bearer`.
    private static String checked(String setting, String token) {
        if (!token.matches("[A-Za-z0-9._~+/-]+=*")) {
            throw new StartException(
                    setting + ": not a bearer token (expected: letters, digits and -._~+/ only, at least one)");
        }
        return token;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
