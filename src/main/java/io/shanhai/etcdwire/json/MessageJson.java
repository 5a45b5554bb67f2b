package io.shanhai.etcdwire.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Messages as JSON, as etcd 3.4's gateway writes and reads it: names as in the protocol's definition (read in camel case
/// too), bytes in base64, 64-bit numbers as texts, enums by name, defaults left out.
final class MessageJson {

    private static final int MAX_DEPTH = 100; // a transaction 30 deep; each level is a stack frame
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build()).build();

    private MessageJson() {}

    /// Writes an object.
    static void write(Message message, JsonGenerator json) throws IOException {
        json.writeStartObject();
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            json.writeFieldName(field.getName());
            if (field.isRepeated()) {
                json.writeStartArray();
                for (Object item : (List<?>) entry.getValue()) {
                    value(field, item, json);
                }
                json.writeEndArray();
            } else {
                value(field, entry.getValue(), json);
            }
        }
        json.writeEndObject();
    }

    private static void value(FieldDescriptor field, Object value, JsonGenerator json) throws IOException {
        switch (field.getType()) {
            case MESSAGE -> write((Message) value, json);
            case BYTES -> json.writeString(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
            case ENUM -> json.writeString(((EnumValueDescriptor) value).getName());
            case INT64 -> json.writeString(Long.toString((long) value));
            case UINT64 -> json.writeString(Long.toUnsignedString((long) value));
            case UINT32 -> json.writeNumber(Integer.toUnsignedLong((int) value));
            case BOOL -> json.writeBoolean((boolean) value);
            case STRING -> json.writeString((String) value);
            default -> throw new IllegalStateException(field.getFullName() + ": etcd has no such type");
        }
    }

    static JsonFactory factory() {
        return JSON;
    }

    /// Reads the messages of a body, one after the other; an empty body has none.
    ///
    /// @throws IOException when it is no JSON, or not of this type; the text says where
    static List<DynamicMessage> read(Descriptor type, byte[] body) throws IOException {
        List<DynamicMessage> messages = new ArrayList<>();
        try (JsonParser json = JSON.createParser(body)) {
            while (json.nextToken() != null) {
                messages.add(message(type, json));
            }
        }
        return messages;
    }

    private static DynamicMessage message(Descriptor type, JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT, "an object");
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        while (json.nextToken() != JsonToken.END_OBJECT) {
            FieldDescriptor field = field(type, json);
            JsonToken token = json.nextToken();
            if (token == JsonToken.VALUE_NULL) {
                continue; // the default
            }
            if (field.isRepeated()) {
                expect(json, JsonToken.START_ARRAY, "an array");
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    message.addRepeatedField(field, value(field, json));
                }
            } else {
                message.setField(field, value(field, json));
            }
        }
        return message.build();
    }

    private static FieldDescriptor field(Descriptor type, JsonParser json) throws IOException {
        String name = json.currentName();
        for (FieldDescriptor field : type.getFields()) {
            if (field.getName().equals(name) || field.getJsonName().equals(name)) {
                return field;
            }
        }
        throw wrong(json, "unknown field \"" + name + "\" in " + type.getFullName());
    }

    private static Object value(FieldDescriptor field, JsonParser json) throws IOException {
        try {
            return switch (field.getType()) {
                case MESSAGE -> message(field.getMessageType(), json);
                case BYTES -> ByteString.copyFrom(Base64.getDecoder().decode(text(json)));
                case ENUM -> constant(field.getEnumType(), json);
                case INT64 -> Long.parseLong(number(json));
                case UINT64 -> Long.parseUnsignedLong(number(json));
                case UINT32 -> Integer.parseUnsignedInt(number(json));
                case BOOL -> truth(json);
                case STRING -> text(json);
                default -> throw new IllegalStateException(field.getFullName() + ": etcd has no such type");
            };
        } catch (IllegalArgumentException e) {
            throw wrong(json, field.getName() + ": " + e.getMessage());
        }
    }

    private static String text(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_STRING, "a text");
        return json.getText();
    }

    private static String number(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            expect(json, JsonToken.VALUE_NUMBER_INT, "a whole number, as number or text");
        }
        return json.getText();
    }

    private static boolean truth(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_FALSE) {
            expect(json, JsonToken.VALUE_TRUE, "true or false");
        }
        return json.currentToken() == JsonToken.VALUE_TRUE;
    }

    private static EnumValueDescriptor constant(EnumDescriptor type, JsonParser json) throws IOException {
        EnumValueDescriptor constant = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                ? type.findValueByNumber(json.getIntValue())
                : type.findValueByName(text(json));
        if (constant == null) {
            throw wrong(json, "unknown value \"" + json.getText() + "\" of " + type.getFullName());
        }
        return constant;
    }

    private static void expect(JsonParser json, JsonToken token, String what) throws IOException {
        if (json.currentToken() != token) {
            throw wrong(json, "found " + json.getText() + " (expected: " + what + ")");
        }
    }

    private static IOException wrong(JsonParser json, String why) {
        return new IOException("line " + json.currentTokenLocation().getLineNr() + ", column "
                + json.currentTokenLocation().getColumnNr() + ": " + why);
    }
}
