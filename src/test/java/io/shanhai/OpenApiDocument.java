package io.shanhai;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// Validates with JSON Schema 2020-12: a whole OpenAPI document, and values with the document's own schemas.
final class OpenApiDocument {

    private static final String METASCHEMA = "https://json-schema.org/draft/2020-12/schema";
    private static final String DOCUMENT = "urn:shanhai:openapi";

    private final SchemaRegistry registry;

    OpenApiDocument(String json) {
        registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(Map.of(DOCUMENT, json)));
    }

    /// What is wrong with the document, by the OpenAPI Initiative's schema.
    static List<String> violations(String document) throws IOException {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        try (InputStream in = OpenApiDocument.class.getResourceAsStream("/openapi/oas-3.1-schema.json")) {
            String schema = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return texts(registry.getSchema(schema).validate(document, InputFormat.JSON));
        }
    }

    /// What is wrong with a schema as such.
    static List<String> schemaViolations(String schema) {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        return texts(registry.getSchema(SchemaLocation.of(METASCHEMA)).validate(schema, InputFormat.JSON));
    }

    /// What is wrong with a value.
    ///
    /// @param pointer to the schema in the document, `/components/schemas/RouteSpec`
    List<String> violations(String pointer, String value) {
        Schema schema = registry.getSchema(SchemaLocation.of(DOCUMENT + "#" + pointer));
        return texts(schema.validate(value, InputFormat.JSON));
    }

    private static List<String> texts(List<Error> errors) {
        return errors.stream().map(Error::toString).toList();
    }
}
