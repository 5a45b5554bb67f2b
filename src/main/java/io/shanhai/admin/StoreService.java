package io.shanhai.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.store.Maintenance;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.Maintenance.Size;
import io.shanhai.store.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// `/v1/store`: how full the store is, and what an operator does with it.
public final class StoreService implements ApiPart {

    private static final String BACKUP_TYPE = "application/vnd.shanhai.backup";

    private final Store store;
    private final Maintenance maintenance;
    private final Supplier<Optional<Instant>> lastBackup;
    /// A taker that stalls holds its connection, and with this no more than one.
    private final Semaphore backups = new Semaphore(1);

    /// @param maintenance usually the store itself
    /// @param lastBackup when the last scheduled one was made
    public StoreService(Store store, Maintenance maintenance, Supplier<Optional<Instant>> lastBackup) {
        this.store = store;
        this.maintenance = maintenance;
        this.lastBackup = lastBackup;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get("/v1/store", "getStore", "How full the store is.", this::state)
                .answers(200, "StoreState", "Sizes, revisions, alarms.").refuses(503);
        endpoints.get("/v1/store/backup", "backupStore", "The store as it is now, for shanhai store restore.", this::backup)
                .answers(200, BACKUP_TYPE, "Binary", "The backup.").refuses(409, 503);
        endpoints.post("/v1/store/compact", "compactStore", "Drop history, all of it or below a revision.", this::compact)
                .mayTake("Compaction").answers(200, "StoreState", "Reads below it fail now.").refuses(503);
        endpoints.post("/v1/store/defragment", "defragmentStore", "Win file space back.", this::defragment)
                .answers(200, "StoreState", "It is done.").refuses(503);
        endpoints.post("/v1/store/alarms/disarm", "disarmAlarm", "Take an alarm back, or all of them.", this::disarm)
                .mayTake("Disarming").answers(200, "StoreState", "It is taken back.").refuses(503);
    }

    private void state(ServerRequest request, ServerResponse response) {
        Json.send(request, response, json());
    }

    private ObjectNode json() {
        Size size = maintenance.size();
        ObjectNode json = Json.object();
        json.put("revision", store.revision());
        json.put("compactedRevision", store.compactedRevision());
        json.put("fileBytes", size.total());
        json.put("usedBytes", size.inUse());
        json.put("quotaBytes", size.quota());
        var alarms = json.putArray("alarms");
        maintenance.alarms().stream().sorted().forEach(alarm -> alarms.add(alarm.name()));
        json.put("leases", store.leases().size());
        lastBackup.get().ifPresent(time -> json.put("lastBackup", time.toString()));
        return json;
    }

    private void backup(ServerRequest request, ServerResponse response) throws IOException {
        if (!backups.tryAcquire()) {
            throw Problems.conflict("a backup is being taken; wait for its end");
        }
        try {
            response.header(HeaderNames.CONTENT_TYPE, BACKUP_TYPE);
            response.header(HeaderNames.CACHE_CONTROL, "no-store");
            try (OutputStream out = response.outputStream()) {
                maintenance.backup(out);
            }
        } finally {
            backups.release();
        }
    }

    /// `{"revision": n}`; without it everything but the newest revision goes.
    private void compact(ServerRequest request, ServerResponse response) {
        JsonNode wanted = request.content().hasEntity() ? Json.readObject(request).path("revision") : Json.object().path("");
        if (!wanted.isMissingNode() && !(wanted.isIntegralNumber() && wanted.canConvertToLong() && wanted.longValue() > 0)) {
            throw Problems.invalid("/revision", wanted + " (expected: a whole number above 0, or none for the newest)");
        }
        long revision = wanted.isMissingNode() ? store.revision() : wanted.longValue();
        if (revision > store.revision() || revision <= store.compactedRevision()) {
            throw Problems.invalid("/revision", revision + " (expected: above the compacted revision "
                    + store.compactedRevision() + ", at most the newest " + store.revision() + ")");
        }
        store.compact(revision);
        Json.send(request, response, json());
    }

    private void defragment(ServerRequest request, ServerResponse response) {
        maintenance.defragment();
        Json.send(request, response, json());
    }

    /// `{"alarm": "NOSPACE"}`; without it all of them.
    private void disarm(ServerRequest request, ServerResponse response) {
        JsonNode wanted = request.content().hasEntity() ? Json.readObject(request).path("alarm") : Json.object().path("");
        for (Alarm alarm : Alarm.values()) {
            if (wanted.isMissingNode() || wanted.asText().equals(alarm.name())) {
                maintenance.disarm(alarm);
                if (!wanted.isMissingNode()) {
                    Json.send(request, response, json());
                    return;
                }
            }
        }
        if (!wanted.isMissingNode()) {
            throw Problems.invalid("/alarm", wanted + " (expected: \"NOSPACE\" or \"CORRUPT\", or none for all)");
        }
        Json.send(request, response, json());
    }
}
