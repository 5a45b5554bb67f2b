package io.shanhai.etcdwire;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import io.etcd.jetcd.api.JetcdProto;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import java.util.List;

/// The messages of etcd 3.4 as they are: the generated ones of jetcd with what jetcd leaves out. It serves the methods that
/// have no generated code, and JSON, where a field must be known by name.
public final class EtcdSchema {

    private static final String PACKAGE = "etcdserverpb";
    private static final FileDescriptor RPC = completed();

    static final MethodDescriptor<DynamicMessage, DynamicMessage> LEASE_LEASES = method("Lease", "LeaseLeases");
    static final MethodDescriptor<DynamicMessage, DynamicMessage> AUTH_STATUS = method("Auth", "AuthStatus");

    private EtcdSchema() {}

    /// A message of `etcdserverpb`, complete.
    static Descriptor message(String name) {
        return RPC.findMessageTypeByName(name);
    }

    /// The complete descriptor for a generated one, itself when there is nothing to complete.
    public static Descriptor complete(Descriptor generated) {
        Descriptor complete = generated.getFile().getPackage().equals(PACKAGE) ? message(generated.getName()) : null;
        return complete == null ? generated : complete;
    }

    /// The request of a method that has no generated code.
    public static Descriptor requestOf(MethodDescriptor<?, ?> method) {
        return message(method.getBareMethodName() + "Request");
    }

    /// A generated service with a method that its generated code lacks.
    static <Q, R> ServerServiceDefinition with(ServerServiceDefinition generated, MethodDescriptor<Q, R> method,
            ServerCallHandler<Q, R> handler) {
        ServerServiceDefinition.Builder all = ServerServiceDefinition.builder(generated.getServiceDescriptor().getName());
        for (ServerMethodDefinition<?, ?> each : generated.getMethods()) {
            all.addMethod(each);
        }
        return all.addMethod(method, handler).build();
    }

    private static MethodDescriptor<DynamicMessage, DynamicMessage> method(String service, String name) {
        return MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder().setType(MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(PACKAGE + "." + service, name))
                .setRequestMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(message(name + "Request"))))
                .setResponseMarshaller(ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(message(name + "Response"))))
                .build();
    }

    private static FileDescriptor completed() {
        FileDescriptorProto.Builder file = JetcdProto.getDescriptor().toProto().toBuilder();
        for (DescriptorProto.Builder message : file.getMessageTypeBuilderList()) {
            completeMessage(message);
        }
        for (EnumDescriptorProto.Builder type : file.getEnumTypeBuilderList()) {
            if (type.getName().equals("AlarmType")) {
                type.addValue(EnumValueDescriptorProto.newBuilder().setName("CORRUPT").setNumber(2));
            }
        }
        file.addMessageType(type("LeaseLeasesRequest")).addMessageType(type("LeaseStatus", field("ID", 1, Type.TYPE_INT64)))
                .addMessageType(type("LeaseLeasesResponse", header(), list("leases", 2, "LeaseStatus")))
                .addMessageType(type("AuthStatusRequest"))
                .addMessageType(type("AuthStatusResponse", header(), field("enabled", 2, Type.TYPE_BOOL),
                        field("authRevision", 3, Type.TYPE_UINT64)));
        try {
            List<FileDescriptor> needs = JetcdProto.getDescriptor().getDependencies();
            return FileDescriptor.buildFrom(file.build(), needs.toArray(FileDescriptor[]::new));
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException("jetcd's messages have changed: this class completes those of 0.8.7", e);
        }
    }

    private static void completeMessage(DescriptorProto.Builder message) {
        switch (message.getName()) {
            case "Compare" -> {
                message.addField(field("lease", 8, Type.TYPE_INT64).setOneofIndex(0));
                for (EnumDescriptorProto.Builder type : message.getEnumTypeBuilderList()) {
                    if (type.getName().equals("CompareTarget")) {
                        type.addValue(EnumValueDescriptorProto.newBuilder().setName("LEASE").setNumber(4));
                    }
                }
            }
            case "WatchCreateRequest" -> message.addField(field("watch_id", 7, Type.TYPE_INT64))
                    .addField(field("fragment", 8, Type.TYPE_BOOL));
            case "WatchResponse" -> message.addField(field("fragment", 7, Type.TYPE_BOOL));
            default -> {
                // complete as it is
            }
        }
    }

    private static DescriptorProto.Builder type(String name, FieldDescriptorProto.Builder... fields) {
        DescriptorProto.Builder type = DescriptorProto.newBuilder().setName(name);
        for (FieldDescriptorProto.Builder field : fields) {
            type.addField(field);
        }
        return type;
    }

    private static FieldDescriptorProto.Builder field(String name, int number, Type type) {
        return FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setType(type).setLabel(Label.LABEL_OPTIONAL);
    }

    private static FieldDescriptorProto.Builder header() {
        return field("header", 1, Type.TYPE_MESSAGE).setTypeName("." + PACKAGE + ".ResponseHeader");
    }

    private static FieldDescriptorProto.Builder list(String name, int number, String type) {
        return field(name, number, Type.TYPE_MESSAGE).setLabel(Label.LABEL_REPEATED).setTypeName("." + PACKAGE + "." + type);
    }
}
