package io.shanhai.etcdwire.json;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.shanhai.etcdwire.EtcdSchema;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which path is which method: etcd 3.4's, its older names included.
final class JsonRoutes {

    private static final String RPC = "etcdserverpb.";
    private static final Map<String, String> METHODS = methods();

    private final Map<String, Route> routes = new HashMap<>();

    JsonRoutes(List<ServerServiceDefinition> services) {
        Map<String, ServerMethodDefinition<?, ?>> byName = new HashMap<>();
        for (ServerServiceDefinition service : services) {
            service.getMethods().forEach(method -> byName.put(method.getMethodDescriptor().getFullMethodName(), method));
        }
        METHODS.forEach((path, name) -> routes.put("/v3/" + path, new Route(byName.get(name))));
    }

    /// null when there is none.
    Route route(String path) {
        return routes.get(path);
    }

    private static Map<String, String> methods() {
        Map<String, String> paths = new HashMap<>();
        add(paths, "kv/", RPC + "KV/", "range Range", "put Put", "deleterange DeleteRange", "txn Txn", "compaction Compact");
        add(paths, "lease/", RPC + "Lease/", "grant LeaseGrant", "revoke LeaseRevoke", "keepalive LeaseKeepAlive",
                "timetolive LeaseTimeToLive", "leases LeaseLeases");
        add(paths, "kv/lease/", RPC + "Lease/", "revoke LeaseRevoke", "timetolive LeaseTimeToLive", "leases LeaseLeases");
        add(paths, "", RPC + "Watch/", "watch Watch");
        add(paths, "cluster/member/", RPC + "Cluster/", "list MemberList", "add MemberAdd", "remove MemberRemove",
                "update MemberUpdate", "promote MemberPromote");
        add(paths, "maintenance/", RPC + "Maintenance/", "status Status", "alarm Alarm", "defragment Defragment", "hash HashKV",
                "snapshot Snapshot", "transfer-leadership MoveLeader");
        add(paths, "auth/", RPC + "Auth/", "status AuthStatus", "authenticate Authenticate", "enable AuthEnable",
                "disable AuthDisable", "user/list UserList", "role/list RoleList");
        add(paths, "lock/", "v3lockpb.Lock/", "lock Lock", "unlock Unlock");
        add(paths, "election/", "v3electionpb.Election/", "campaign Campaign", "proclaim Proclaim", "leader Leader",
                "observe Observe", "resign Resign");
        return paths;
    }

    private static void add(Map<String, String> paths, String prefix, String service, String... pairs) {
        for (String pair : pairs) {
            int space = pair.indexOf(' ');
            paths.put(prefix + pair.substring(0, space), service + pair.substring(space + 1));
        }
    }

    /// One method with what its JSON needs.
    static final class Route {

        private static final String WATCH = RPC + "Watch/Watch";

        private final ServerMethodDefinition<?, ?> method;
        private final Descriptor request;
        private final boolean staysOpen;

        Route(ServerMethodDefinition<?, ?> method) {
            this.method = method;
            this.request = requestType(method);
            this.staysOpen = method.getMethodDescriptor().getFullMethodName().equals(WATCH);
        }

        private static Descriptor requestType(ServerMethodDefinition<?, ?> method) {
            if (method.getMethodDescriptor().getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier generated) {
                return EtcdSchema.complete(generated.getMethodDescriptor().getInputType());
            }
            return EtcdSchema.requestOf(method.getMethodDescriptor());
        }

        boolean streams() {
            return !method.getMethodDescriptor().getType().serverSendsOneMessage();
        }

        /// @throws IOException when the body is no request of this method
        JsonCall<?, ?> start(byte[] body, Metadata headers, JsonAnswer answer) throws IOException {
            List<DynamicMessage> requests = MessageJson.read(request, body);
            if (method.getMethodDescriptor().getType().clientSendsOneMessage() && requests.size() != 1) {
                if (requests.size() > 1) {
                    throw new IOException("found " + requests.size() + " objects (expected: one)");
                }
                requests = List.of(DynamicMessage.getDefaultInstance(request));
            }
            return JsonCall.start(method, requests, headers, answer, staysOpen);
        }
    }
}
