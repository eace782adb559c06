//! The OpenAPI document of `/v1`, made of the handlers' own signatures: what an operation takes and answers is said once,
//! by the types of its parameters and of its result. A route cannot be without an operation, nor an operation without its
//! route, since both are one line in `api`.
//!
//! Absent: prose. An operation has one sentence; fields have those of `byleave_api::v1`.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use byleave_api::problem::{Problem, ProblemType};
use byleave_api::schema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::limit;
use crate::problem::Refusal;
use crate::site::Site;
use byleave_domain::token::Scope;

/// Where components are, as a reference names them.
const SCHEMAS: &str = "/components/schemas";

/// What a route table says of an operation.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub method: &'static str,
    pub path: &'static str,
    /// What a token must be good for.
    pub scope: Scope,
    pub summary: &'static str,
    /// The handler's own path, such as `organizations::list`.
    pub handler: &'static str,
    pub describe: fn(&mut Operation<'_>),
}

/// A handler that says what it takes and answers. `T` is its parameters, as in [`axum::handler::Handler`].
pub(crate) trait Signature<T> {
    fn describe(operation: &mut Operation<'_>);
}

/// A parameter of a handler.
pub(crate) trait Part {
    fn describe(operation: &mut Operation<'_>);
}

/// A result of a handler.
pub(crate) trait Answer {
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! signature {
    ($($part:ident)*) => {
        impl<F, R, A, $($part: Part),*> Signature<($($part,)*)> for F
        where
            F: Fn($($part),*) -> R,
            R: Future<Output = A>,
            A: Answer,
        {
            fn describe(operation: &mut Operation<'_>) {
                $($part::describe(operation);)*
                A::describe(operation);
            }
        }
    };
}

signature!();
signature!(P1);
signature!(P1 P2);
signature!(P1 P2 P3);
signature!(P1 P2 P3 P4);
signature!(P1 P2 P3 P4 P5);

/// One operation while it is being described.
pub(crate) struct Operation<'a> {
    method: &'static str,
    path: &'static str,
    schemas: &'a mut Schemas,
    whose: Option<&'static str>,
    known: bool,
    parameters: Vec<Value>,
    request: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: BTreeSet<u16>,
}

/// What is sent to us and what we send may differ in what has to be there, so each has its own generator.
struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

impl Operation<'_> {
    /// Somebody known asks; `whose` are those it is for, where it is for some alone.
    pub fn known(&mut self, whose: Option<&'static str>) {
        self.known = true;
        self.whose = self.whose.or(whose);
        self.problems.extend([401, 403, 429, 503]);
    }

    /// A JSON body of this type.
    pub fn takes<T: JsonSchema>(&mut self) {
        let schema = self.schemas.taken.subschema_for::<T>();
        self.takes_media("application/json", json!(schema));
    }

    /// A JSON body of this type, or none.
    pub fn takes_perhaps<T: JsonSchema>(&mut self) {
        self.takes::<T>();
        if let Some(request) = self.request.as_mut().and_then(Value::as_object_mut) {
            request.insert("required".into(), false.into());
        }
    }

    /// A body that is a file.
    pub fn takes_file(&mut self) {
        self.takes_media("application/octet-stream", json!({}));
    }

    fn takes_media(&mut self, media_type: &str, schema: Value) {
        self.request = Some(json!({ "required": true, "content": { media_type: { "schema": schema } } }));
        self.problems.extend([400, 413]);
    }

    /// Query parameters: the fields of this type.
    pub fn asks<T: JsonSchema>(&mut self) {
        let schema = T::json_schema(&mut self.schemas.taken);
        let fields = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (name, mut schema) in fields {
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            not_null(&mut schema);
            self.parameters.push(json!({
                "name": name, "in": "query", "required": required.contains(&json!(name)), "description": description,
                "schema": schema,
            }));
        }
        self.problems.insert(400);
    }

    /// An answer in JSON.
    pub fn gives<T: JsonSchema>(&mut self, status: StatusCode) {
        let schema = self.schemas.given.subschema_for::<T>();
        self.gives_media(status, &[("application/json", json!(schema))]);
    }

    /// An answer that is a file of one of these kinds.
    pub fn gives_file(&mut self, media_types: &[&'static str]) {
        let content: Vec<_> = media_types.iter().map(|media_type| (*media_type, json!({}))).collect();
        self.gives_media(StatusCode::OK, &content);
    }

    fn gives_media(&mut self, status: StatusCode, content: &[(&str, Value)]) {
        let content: Map<_, _> = content
            .iter()
            .map(|(media_type, schema)| ((*media_type).to_owned(), json!({ "schema": schema })))
            .collect();
        let said = status.canonical_reason().unwrap_or_default();
        self.answers.insert(status.as_u16(), json!({ "description": said, "content": content }));
    }

    /// The answer's address is in its `Location`.
    pub fn located(&mut self, status: StatusCode) {
        let location = json!({
            "Location": { "description": "Where it is.", "schema": { "type": "string", "format": "uri-reference" } },
        });
        if let Some(answer) = self.answers.get_mut(&status.as_u16()).and_then(Value::as_object_mut) {
            answer.insert("headers".into(), location);
        }
    }

    /// The address of the next page is in its `Link`, where there is one.
    pub fn linked(&mut self) {
        let link = json!({
            "Link": {
                "description": "The next page, where there is one: `<?…>; rel=\"next\"`, relative to this address.",
                "schema": { "type": "string" },
            },
        });
        if let Some(answer) = self.answers.get_mut(&200).and_then(Value::as_object_mut) {
            answer.insert("headers".into(), link);
        }
    }

    fn path_parameters(&mut self) {
        let mut before = "";
        for part in self.path.split('/') {
            if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                let schema = path_parameter(name, before, &mut self.schemas.taken);
                self.parameters
                    .push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
            }
            before = part;
        }
        self.problems.extend([400, 404]);
    }

    fn finish(mut self, described: &Described) -> Value {
        if self.method == "POST" {
            self.problems.extend([400, 409, 413]);
            if limit::stop_of(self.path).is_none() {
                self.problems.insert(422);
                self.parameters.push(idempotency_key());
            }
        }
        let (tag, name) = described.handler.rsplit_once("::").unwrap_or(("", described.handler));
        let mut answers: Map<_, _> = self.answers.into_iter().map(|(s, a)| (s.to_string(), a)).collect();
        for status in self.problems {
            answers.insert(
                status.to_string(),
                json!({ "$ref": format!("#/components/responses/Problem{status}") }),
            );
        }
        let mut operation = json!({
            "operationId": format!("{tag}.{name}"),
            "tags": [tag],
            "summary": described.summary,
            "parameters": self.parameters,
            "responses": answers,
            "security": match (self.known, self.method) {
                (false, _) => json!([]),
                (true, "GET") => json!([{ "token": [described.scope.as_str()] }, { "session": [] }]),
                (true, _) => json!([{ "token": [described.scope.as_str()] }]),
            },
        });
        if let Some(fields) = operation.as_object_mut() {
            fields.extend(self.request.map(|request| ("requestBody".into(), request)));
            fields.extend(self.whose.map(|whose| ("description".into(), format!("For {whose}.").into())));
        }
        operation
    }
}

/// The document of these operations.
pub(crate) fn document(described: impl Iterator<Item = Described>) -> Value {
    let generator = |settings: SchemaSettings| {
        settings.with(|settings| settings.definitions_path = SCHEMAS.into()).into_generator()
    };
    let mut schemas = Schemas {
        taken: generator(SchemaSettings::draft2020_12().for_deserialize()),
        given: generator(SchemaSettings::draft2020_12().for_serialize()),
    };
    let mut paths = Map::new();
    for described in described {
        let mut operation = Operation {
            method: described.method,
            path: described.path,
            schemas: &mut schemas,
            whose: None,
            known: false,
            parameters: Vec::new(),
            request: None,
            answers: BTreeMap::new(),
            problems: BTreeSet::new(),
        };
        (described.describe)(&mut operation);
        let operation = operation.finish(&described);
        let path = paths.entry(described.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(described.method.to_lowercase(), operation);
        }
    }
    let problem = schemas.given.subschema_for::<Problem>();
    let mut components = schemas.taken.take_definitions(true);
    components.append(&mut schemas.given.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Byleave",
            "version": "1",
            "summary": "Customers decide whether a vendor's support people may enter, and can prove what happened.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": problems(&problem),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token as it was shown, once: `bl_` and 43 characters. An operation names the scope \
                                    that it takes.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-byleave_session",
                    "description": "A browser's session; it reads and changes nothing. Without https its name is \
                                    `byleave_session`.",
                },
            },
        },
    })
}

/// What makes it safe to ask once more.
fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Of the caller's own making, fresh for each change: within a day the same request under it is done \
                        once, and answered the same with `Idempotent-Replayed`.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" },
    })
}

/// What may be left out of a query cannot be null in it.
fn not_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    if let Some(kind) = schema.get("type").and_then(|kind| kind.get(0)).cloned() {
        schema.insert("type".into(), kind);
    }
}

/// Per status, the problems that have it.
fn problems(schema: &Schema) -> Map<String, Value> {
    let mut by_status = BTreeMap::<u16, Vec<_>>::from([(413, vec!["about:blank".to_owned()])]);
    for kind in ProblemType::OF_THE_API {
        by_status.entry(kind.status()).or_default().push(format!("`{}`", kind.slug()));
    }
    let response = |(status, kinds): (u16, Vec<String>)| {
        let description = kinds.join(" or ");
        let content = json!({ "application/problem+json": { "schema": schema } });
        (format!("Problem{status}"), json!({ "description": description, "content": content }))
    };
    by_status.into_iter().map(response).collect()
}

/// What stands in an address, by its name and by what is before it.
fn path_parameter(name: &str, before: &str, schemas: &mut SchemaGenerator) -> Schema {
    match (name, before) {
        ("organization", _) => schema::OrganizationName::json_schema(schemas),
        ("slug", _) => schema::Slug::json_schema(schemas),
        (_, "contacts") => schema::ContactId::json_schema(schemas),
        (_, "tokens") => schema::TokenId::json_schema(schemas),
        (_, "support-people" | "desk-people") => schema::PersonId::json_schema(schemas),
        (_, "change-requests" | "contact-changes") => schema::ChangeId::json_schema(schemas),
        (_, "evidence") => schema::EvidenceId::json_schema(schemas),
        (_, "freezes") => schema::FreezeId::json_schema(schemas),
        (_, "doubts") => schema::DoubtId::json_schema(schemas),
        (_, "messages") => schema::MessageId::json_schema(schemas),
        _ => String::json_schema(schemas),
    }
}

impl Part for State<Site> {
    fn describe(_: &mut Operation<'_>) {}
}

impl Part for Path<String> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameters();
    }
}

impl<T: Answer> Answer for Result<T, Refusal> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

impl<T: JsonSchema> Answer for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives::<T>(StatusCode::OK);
    }
}

impl Answer for String {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives_file(&["text/plain"]);
    }
}
