//! The description of the API (`OpenAPI` 3.1), made from the route table, the field lists that the reader uses, and the shapes that are
//! written: what is not true of the code cannot stand in it.

use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use ringfence_app::queries::search::Found;
use ringfence_app::shape;
use serde_json::{Map, Value as Json, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::Answer;
use crate::door::{Call, Endpoint, Outcome, Spec};
use crate::failure::Document;
use crate::input::Form;
use crate::table::ENDPOINTS;

pub(crate) const SHOW: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Description };

static DESCRIPTION: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(describe(ENDPOINTS).to_string()));

pub(crate) async fn show(_call: Call) -> Outcome {
    let mut response = Response::new(Body::from(DESCRIPTION.clone()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The whole document.
fn describe(endpoints: &[Endpoint]) -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.to_ascii_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringfence",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Plan and hand out IP addresses. Errors are application/problem+json.",
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key: rf_…"}},
            "schemas": schemas(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Json {
    let mut operation = Map::new();
    operation.insert("summary".into(), endpoint.summary.into());
    operation.insert("description".into(), format!("Needs the permission {}.", endpoint.permission).into());
    operation.insert("operationId".into(), operation_id(endpoint).into());
    operation.insert("tags".into(), json!([endpoint.path.split('/').nth(3).unwrap_or("")]));
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
    if let Some(form) = &endpoint.spec.body {
        let body = json!({"required": !form.required.is_empty(), "content": {"application/json": {"schema": object(form)}}});
        operation.insert("requestBody".into(), body);
    }
    let (status, response) = response(endpoint.spec.answer);
    let problem = json!({"description": "Not done", "content": {"application/problem+json": {"schema": reference("Problem")}}});
    operation.insert("responses".into(), json!({ status: response, "default": problem }));
    operation.into()
}

/// `GET /api/v1/subnets/{id}` is `get_subnets_id`.
fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint.path.split('/').skip(3).map(|word| word.trim_matches(['{', '}']).replace('.', "_"));
    std::iter::once(endpoint.method.to_ascii_lowercase()).chain(words).collect::<Vec<_>>().join("_")
}

fn parameters(endpoint: &Endpoint) -> Vec<Json> {
    let mut all = Vec::new();
    if endpoint.path.contains("{id}") {
        all.push(json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64", "minimum": 1}}));
    }
    let form = &endpoint.spec.query;
    for field in form.fields {
        let required = form.required.contains(&field.name());
        all.push(json!({
            "name": field.name(), "in": "query", "required": required, "description": field.about(), "schema": field.schema(),
        }));
    }
    let header = |name: &str, about: &str| json!({"name": name, "in": "header", "description": about, "schema": {"type": "string"}});
    if endpoint.method == "POST" {
        all.push(header("Idempotency-Key", "1 to 255 visible ASCII characters: the same key gives the same answer for 24 hours"));
    }
    match endpoint.spec.answer {
        Answer::Changed(_) | Answer::Gone => all.push(header("If-Match", "The object's ETag: refused with 412 if it is another by now")),
        Answer::One(_) if endpoint.path.ends_with("{id}") => all.push(header("If-None-Match", "An ETag: 304 if it is still the same")),
        _ => {}
    }
    all
}

/// A body's schema.
fn object(form: &Form) -> Json {
    let mut properties = Map::new();
    for field in form.fields {
        let mut schema = field.schema();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".into(), field.about().into());
        }
        properties.insert(field.name().into(), schema);
    }
    json!({"type": "object", "properties": properties, "required": form.required, "additionalProperties": false})
}

fn reference(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The status of an answer and its description.
fn response(answer: Answer) -> (&'static str, Json) {
    let content = |about: &str, schema: Json| json!({"description": about, "content": {"application/json": {"schema": schema}}});
    let list = |name: &str| json!({"type": "array", "items": reference(name)});
    let object = |properties: Json| {
        let required: Vec<String> = properties.as_object().map(|p| p.keys().cloned().collect()).unwrap_or_default();
        json!({"type": "object", "properties": properties, "required": required})
    };
    match answer {
        Answer::One(name) => ("200", content("It", reference(name))),
        Answer::Changed(name) => ("200", content("It, as it is now", reference(name))),
        Answer::Made(name) => ("201", content("It; Location is its path", reference(name))),
        Answer::List(name) => {
            let next = json!({"type": ["string", "null"], "description": "Send it as cursor to go on"});
            ("200", content("A window of the list", object(json!({"data": list(name), "next": next}))))
        }
        Answer::Handed(name) => ("201", content("What was handed out", object(json!({"data": list(name)})))),
        Answer::Text(name) => ("200", content("It", object(json!({name: {"type": "string"}})))),
        Answer::Gone => ("204", json!({"description": "It is gone"})),
        Answer::Description => ("200", content("This document", json!({"type": "object"}))),
    }
}

/// Every shape that is written, by name.
fn schemas() -> Map<String, Json> {
    let mut all = Vec::new();
    collect::<shape::Address>(&mut all);
    collect::<Document>(&mut all);
    collect::<shape::Event>(&mut all);
    collect::<Found>(&mut all);
    collect::<shape::Site>(&mut all);
    collect::<shape::Subnet>(&mut all);
    collect::<shape::Tag>(&mut all);
    collect::<shape::Vlan>(&mut all);
    collect::<shape::Vrf>(&mut all);
    all.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect()
}

fn collect<T: ToSchema + PartialSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ROUTES;
    use ringfence_guard::http::route::Access;

    fn references(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(object) => {
                found.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
                object.values().for_each(|value| references(value, found));
            }
            Json::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document = describe(ENDPOINTS);
        let mut described: Vec<String> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            described.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
        }
        let routes = ROUTES.iter().filter(|route| route.path.starts_with("/api/"));
        let mut listed: Vec<String> = routes.map(|route| format!("{} {}", route.method, route.path)).collect();
        described.sort();
        listed.sort();
        assert_eq!(described, listed);
    }

    #[test]
    fn the_right_that_is_shown_is_the_right_that_is_asked_for() {
        for route in ROUTES {
            let endpoint = ENDPOINTS.iter().find(|e| e.method == route.method.as_str() && e.path == route.path);
            match (route.access, endpoint) {
                (Access::Api(permission), Some(endpoint)) => assert_eq!(endpoint.permission, permission, "{route:?}"),
                (Access::Public, None) => assert!(["/healthz", "/readyz"].contains(&route.path), "{route:?}"),
                _ => panic!("{route:?}"),
            }
            assert_eq!(route.mutates, !route.method.is_safe(), "{route:?}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = describe(ENDPOINTS);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut names: Vec<String> = ENDPOINTS.iter().map(operation_id).collect();
        assert!(names.contains(&"post_subnets_id_addresses_next".to_owned()));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ENDPOINTS.len());
    }

    /// What an object shows is either written under the same name or refused as read-only by name.
    #[test]
    fn every_field_of_an_object_is_written_or_read_only() {
        let shapes = schemas();
        for endpoint in ENDPOINTS {
            let (Answer::Made(name) | Answer::Changed(name)) = endpoint.spec.answer else { continue };
            let form = endpoint.spec.body.as_ref().unwrap();
            for shown in shapes[name]["properties"].as_object().unwrap().keys() {
                let written = form.fields.iter().any(|field| field.name() == shown);
                let read_only = form.read_only.iter().any(|(field, _)| field == shown);
                assert!(written || read_only, "{} {}: {shown}", endpoint.method, endpoint.path);
            }
        }
    }
}
