package io.shanhai.store.embedded;

import io.shanhai.store.LeaseContract;
import io.shanhai.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedLeaseTest extends LeaseContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() {
        return EmbeddedStores.open(folder);
    }
}
