//! What a request is answered with when all is well: one object with its tag, a list, something made, nothing left.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use ringfence_app::{Command, Query, shape};
use serde::Serialize;

use crate::door::{Call, Outcome};
use crate::failure::Failure;

/// What a route gives, for the description. The names are those of the components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// That object.
    One(&'static str),
    /// A window of such objects.
    List(&'static str),
    /// That object, just made.
    Made(&'static str),
    /// Such objects, just handed out.
    Handed(&'static str),
    /// The object as it is now.
    Changed(&'static str),
    /// Nothing: it is gone.
    Gone,
    /// One text under that name.
    Text(&'static str),
    /// The description itself.
    Description,
}

/// An object with a path and a version.
pub(crate) trait Object: Serialize {
    /// Its collection under `/api/v1/`.
    const NOUN: &'static str;
    /// The row.
    fn id(&self) -> i64;
    /// The version.
    fn version(&self) -> i64;
}

macro_rules! objects {
    ($($shape:ident $noun:literal),* $(,)?) => {$(
        impl Object for shape::$shape {
            const NOUN: &'static str = $noun;
            fn id(&self) -> i64 {
                self.id
            }
            fn version(&self) -> i64 {
                self.version
            }
        }
    )*};
}

objects! {
    Address "addresses",
    Site "sites",
    Subnet "subnets",
    Tag "tags",
    Vlan "vlans",
    Vrf "vrfs",
}

/// What was handed out.
#[derive(Serialize)]
struct Handed<T> {
    data: Vec<T>,
}

/// A value as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Outcome {
    let body = serde_json::to_vec(value).map_err(|error| Failure::Defect(error.to_string()))?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn header(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(|error| Failure::Defect(error.to_string()))
}

fn tagged<T: Object>(status: StatusCode, object: &T) -> Outcome {
    let mut response = json(status, object)?;
    response.headers_mut().insert(ETAG, header(&format!("\"{}\"", object.version()))?);
    Ok(response)
}

fn located<T: Object>(mut response: Response, object: &T) -> Outcome {
    response.headers_mut().insert(LOCATION, header(&format!("/api/v1/{}/{}", T::NOUN, object.id()))?);
    Ok(response)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

impl Call {
    /// One object, or 304 when the client has it already.
    pub(crate) async fn show<Q: Query<Output: Object>>(self, query: Q) -> Outcome {
        let object = self.app.ask(&self.op, query).await.map_err(Failure::asked)?;
        let response = tagged(StatusCode::OK, &object)?;
        if !has_already(&self.headers, object.version()) {
            return Ok(response);
        }
        let mut unchanged = empty(StatusCode::NOT_MODIFIED);
        unchanged.headers_mut().extend(response.headers().get(ETAG).map(|tag| (ETAG, tag.clone())));
        Ok(unchanged)
    }

    /// What a question finds, without a tag.
    pub(crate) async fn find<Q: Query<Output: Serialize>>(self, query: Q) -> Outcome {
        json(StatusCode::OK, &self.app.ask(&self.op, query).await.map_err(Failure::asked)?)
    }

    /// Makes an object.
    pub(crate) async fn make<C: Command<Output: Object>>(self, command: C) -> Outcome {
        let object = self.app.run(&self.op, command).await?;
        located(tagged(StatusCode::CREATED, &object)?, &object)
    }

    /// Hands out objects; one alone has a location.
    pub(crate) async fn hand_out<T: Object, C: Command<Output = Vec<T>>>(self, command: C) -> Outcome {
        let handed = Handed { data: self.app.run(&self.op, command).await? };
        let response = json(StatusCode::CREATED, &handed)?;
        if let [one] = handed.data.as_slice() { located(response, one) } else { Ok(response) }
    }

    /// Changes an object.
    pub(crate) async fn change<C: Command<Output: Object>>(self, command: C) -> Outcome {
        tagged(StatusCode::OK, &self.app.run(&self.op, command).await?)
    }

    /// Removes an object.
    pub(crate) async fn remove<C: Command<Output = ()>>(self, command: C) -> Outcome {
        self.app.run(&self.op, command).await?;
        Ok(empty(StatusCode::NO_CONTENT))
    }

    /// The version that `If-Match` names; none for no header or `*`.
    pub(crate) fn expected(&self) -> Result<Option<i64>, Failure> {
        let mut sent = self.headers.get_all(IF_MATCH).iter();
        let Some(value) = sent.next() else { return Ok(None) };
        let text = if sent.next().is_none() { value.to_str().unwrap_or("") } else { "" };
        expected(text.trim())
    }
}

/// RFC 9110 §13.1.1, for one strong tag.
fn expected(text: &str) -> Result<Option<i64>, Failure> {
    if text == "*" {
        return Ok(None);
    }
    let (weak, tag) = text.strip_prefix("W/").map_or((false, text), |tag| (true, tag));
    let opaque = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).filter(|tag| !tag.contains('"'));
    let opaque = opaque.ok_or_else(|| Failure::malformed("If-Match", "must be one ETag in its quotes, such as \"3\", or *"))?;
    match version(opaque) {
        Some(version) if !weak => Ok(Some(version)),
        _ => Err(Failure::NeverMatches),
    }
}

/// A version in its one spelling.
fn version(opaque: &str) -> Option<i64> {
    opaque.parse::<i64>().ok().filter(|version| version.to_string() == opaque)
}

/// RFC 9110 §13.1.2: weak comparison, any of the list.
fn has_already(headers: &HeaderMap, version_now: i64) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).any(|tag| {
        let tag = tag.trim();
        let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        tag == "*" || opaque.and_then(version) == Some(version_now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_one_strong_tag_or_a_star() {
        assert_eq!(expected("\"3\"").ok(), Some(Some(3)));
        assert_eq!(expected("*").ok(), Some(None));
        for never in ["W/\"3\"", "\"abc\"", "\"03\"", "\"+3\"", "\"\""] {
            assert!(matches!(expected(never), Err(Failure::NeverMatches)), "{never}");
        }
        for bad in ["", "3", "\"3", "\"", "\"3\", \"4\"", "W/3"] {
            assert!(matches!(expected(bad), Err(Failure::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn if_none_match_is_a_list() {
        let has = |text: &'static str| has_already(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(text))]), 3);
        assert!(has("\"3\"") && has("\"2\", W/\"3\"") && has("*"));
        assert!(!has("\"2\"") && !has("3") && !has("\"3") && !has(""));
    }
}
