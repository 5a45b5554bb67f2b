package io.shanhai.store.etcd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An authority of one's own and what it signs, made by openssl: PEM files in one folder.
final class Certificates {

    private final Path folder;
    private final String authority;

    /// @param authority its name; files are called after it
    Certificates(Path folder, String authority) throws IOException, InterruptedException {
        this.folder = folder;
        this.authority = authority;
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=" + authority, "-keyout", path(authority + ".key"), "-out", path(authority + ".crt"));
    }

    String authorityFile() {
        return path(authority + ".crt");
    }

    /// Makes `name.crt` and `name.key` (PKCS#8), good for 127.0.0.1 and for both ends of a connection.
    Certificates issue(String name) throws IOException, InterruptedException {
        Path extensions = Files.writeString(folder.resolve("ext"),
                "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n");
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name, "-keyout",
                path(name + ".key"), "-out", path(name + ".csr"));
        openssl("x509", "-req", "-in", path(name + ".csr"), "-CA", authorityFile(), "-CAkey", path(authority + ".key"),
                "-CAcreateserial", "-days", "1", "-extfile", extensions.toString(), "-out", path(name + ".crt"));
        return this;
    }

    String path(String file) {
        return folder.resolve(file).toString();
    }

    private void openssl(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }
}
