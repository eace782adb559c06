//! The OpenAPI document is what outsiders build on: it is kept as `openapi/v1.json`, has every route of `/v1`, and every
//! answer that any test here gets is held against it, to the last property.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use byleave_server::{openapi, routes};
use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::ask::{Answer, get};
use crate::stage::{Caller, Stage};

static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi);

/// Fails where an answer of `/v1` is not as the document says.
pub fn holds(method: &str, path: &str, answer: &Answer) {
    let Some((route, operation)) = operation(method, path) else { return };
    let asked = format!("{method} {route}");
    let status = answer.status.as_str();
    let declared = &operation["responses"][status];
    assert!(declared.is_object(), "{asked} answers {status}, which is not declared: {}", answer.text());
    let declared = resolved(declared);
    if declared["headers"].get("Location").is_some() {
        assert!(answer.header("location").starts_with("/v1/"), "{asked}: `Location` is declared");
    }
    let media_type = answer.header("content-type").split(';').next().unwrap().to_owned();
    let content = declared["content"].as_object().unwrap();
    let Some(schema) = content.get(&media_type).map(|content| &content["schema"]) else {
        panic!("{asked} answers {status} in `{media_type}`, which is not declared");
    };
    if media_type.ends_with("json") {
        fits(schema, &answer.json()).unwrap_or_else(|why| panic!("{asked} answers {status}: {why}"));
    }
}

fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let same = |route: &str| {
        let (route, path) = (route.split('/'), path.split('/'));
        route.clone().count() == path.clone().count()
            && route.zip(path).all(|(of, is)| of.starts_with('{') || of == is)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(route, _)| same(route));
    // An address that is written out goes before one with a parameter.
    let (route, found) = fitting.min_by_key(|(route, _)| route.matches('{').count())?;
    Some((route, found.get(method.to_lowercase())?))
}

fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// JSON Schema 2020-12, as far as the document uses it; a keyword that is not known here fails.
fn fits(schema: &'static Value, value: &Value) -> Result<(), String> {
    let schema = resolved(schema);
    if schema == &Value::Bool(true) {
        return Ok(());
    }
    let text = value.as_str();
    let length = text.map(|text| text.chars().count() as u64);
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "description" | "title" | "default" => true,
            "type" => match rule {
                Value::Array(types) => types.iter().any(|word| is(word, value)),
                word => is(word, value),
            },
            "const" => rule == value,
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule.as_array().unwrap().iter().any(|schema| fits(schema, value).is_ok()),
            "pattern" => text.is_none_or(|text| matches(rule.as_str().unwrap(), text)),
            "minLength" => length.is_none_or(|length| length >= rule.as_u64().unwrap()),
            "maxLength" => length.is_none_or(|length| length <= rule.as_u64().unwrap()),
            "minimum" => value.as_i64().is_none_or(|value| value >= rule.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|value| value <= rule.as_i64().unwrap()),
            "format" => {
                text.is_none_or(|text| rule != "date-time" || text.parse::<jiff::Timestamp>().is_ok())
            }
            "required" => value.as_object().is_none_or(|fields| {
                rule.as_array().unwrap().iter().all(|name| fields.contains_key(name.as_str().unwrap()))
            }),
            "items" => {
                value.as_array().into_iter().flatten().try_for_each(|item| fits(rule, item))?;
                true
            }
            "properties" => {
                value.as_object().map_or(Ok(()), |fields| properties(rule.as_object().unwrap(), fields))?;
                true
            }
            "additionalProperties" => rule == &Value::Bool(false),
            other => panic!("the keyword `{other}` is not looked at"),
        };
        if !holds {
            return Err(format!("`{value}` breaks `{keyword}`: {rule}"));
        }
    }
    Ok(())
}

fn properties(declared: &'static Map<String, Value>, fields: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in fields {
        let schema = declared.get(name).ok_or_else(|| format!("`{name}` is not declared"))?;
        fits(schema, value).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

fn matches(pattern: &str, text: &str) -> bool {
    static PATTERNS: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let mut patterns = PATTERNS.lock().unwrap();
    patterns.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
}

fn is(word: &Value, value: &Value) -> bool {
    match word.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type `{other}` is not looked at"),
    }
}

#[test]
fn every_route_has_its_operation_and_every_operation_its_route() {
    let of_v1 = routes().into_iter().filter(|(_, path)| path.starts_with("/v1/"));
    let routes: BTreeSet<_> = of_v1.map(|(method, path)| format!("{method} {path}")).collect();
    let mut operations = BTreeSet::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        operations
            .extend(methods.as_object().unwrap().keys().map(|m| format!("{} {path}", m.to_uppercase())));
    }
    assert!(routes.len() > 40, "the routes are read");
    assert_eq!(routes, operations);
}

#[test]
fn every_operation_says_what_it_is_and_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "`{name}` is there twice");
            assert!(operation["summary"].as_str().unwrap().len() > 8, "{method} {path} has a summary");
            let parameters = operation["parameters"].as_array().unwrap();
            let named = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(named, path.matches('{').count(), "{method} {path} declares what is in its address");
            for parameter in parameters {
                let schema = &parameter["schema"];
                let bounded =
                    ["pattern", "enum", "maximum", "maxLength"].iter().any(|k| schema.get(k).is_some());
                assert!(bounded, "{method} {path}: `{}` has a bound", parameter["name"]);
            }
        }
    }
}

#[test]
fn what_is_sent_and_what_is_answered_are_types_of_their_own() {
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for operation in
        DOCUMENT["paths"].as_object().unwrap().values().flat_map(|methods| methods.as_object().unwrap())
    {
        referred(&operation.1["requestBody"], &mut sent);
        referred(&operation.1["responses"], &mut answered);
    }
    assert!(sent.len() > 10 && answered.len() > 10);
    // One name could not say of both which fields have to be there.
    assert_eq!(sent.intersection(&answered).collect::<Vec<_>>(), [&""; 0]);
}

fn referred(value: &'static Value, into: &mut BTreeSet<&'static str>) {
    match value {
        Value::Object(fields) => {
            let new = fields.get("$ref").and_then(Value::as_str).is_some_and(|name| into.insert(name));
            if new {
                referred(resolved(value), into);
            }
            fields.values().for_each(|value| referred(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| referred(value, into)),
        _ => {}
    }
}

#[test]
fn the_document_is_as_it_was_promised() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/v1.json");
    let present = format!("{}\n", serde_json::to_string_pretty(&*DOCUMENT).unwrap());
    if std::env::var_os("BYLEAVE_KEEP").is_some() {
        std::fs::write(&kept, &present).unwrap();
    }
    let promised = std::fs::read_to_string(&kept).unwrap();
    let line = promised.lines().zip(present.lines()).position(|(promised, present)| promised != present);
    assert!(
        promised == present,
        "`openapi/v1.json` differs from line {:?} on; look at the difference, and if it is meant, keep it with \
         BYLEAVE_KEEP=1",
        line.map(|line| line + 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_read_the_document() {
    let stage = Stage::new().await;
    let answer = get(&stage, &Caller::default(), "/v1/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.json()["openapi"].as_str()), (200, Some("3.1.0")));
    assert_eq!(answer.json(), *DOCUMENT);
}
