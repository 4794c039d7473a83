//! What a request may hold: fields with names and kinds, read one by one, all problems gathered.
//!
//! A [`Form`] is the list of fields of one query string or one body. The reader accepts exactly what the form lists, and the description of
//! the API is written from the same list, so the two cannot differ.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use ringfence_app::{Problem, Refusal};
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::failure::Failure;

/// Problems reported at most, and characters of a name that a message repeats at most: an answer never grows with the input.
const REPORTED: usize = 20;
const SHOWN: usize = 60;

/// A kind of value: how it is written and read.
pub(crate) trait Value: Sized {
    /// From text: a query parameter, or a JSON string. The error says what it must be.
    fn text(text: &str) -> Result<Self, String>;

    /// From JSON.
    fn json(json: Json) -> Result<Self, String> {
        match json {
            Json::String(text) => Self::text(&text),
            _ => Err("must be a string".into()),
        }
    }

    /// Its JSON schema.
    fn schema() -> Json;
}

/// One field.
pub(crate) struct Field<T> {
    name: &'static str,
    about: &'static str,
    kind: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    /// A field of that name; `about` is its line in the description.
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, kind: PhantomData }
    }
}

/// A field of any kind.
pub(crate) trait Described: Sync {
    /// As it is written.
    fn name(&self) -> &'static str;
    /// One line.
    fn about(&self) -> &'static str;
    /// Its JSON schema.
    fn schema(&self) -> Json;
}

impl<T: Value> Described for Field<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Json {
        T::schema()
    }
}

/// The fields of a query string or of a body.
pub(crate) struct Form {
    /// All that may be there.
    pub(crate) fields: &'static [&'static dyn Described],
    /// Those of them that must.
    pub(crate) required: &'static [&'static str],
    /// Known from the object, but not to be written: the name, and what to do instead if anything.
    pub(crate) read_only: &'static [(&'static str, &'static str)],
}

impl Form {
    /// Nothing at all.
    pub(crate) const EMPTY: Self = Self::of(&[]);

    /// Fields of which none is required.
    pub(crate) const fn of(fields: &'static [&'static dyn Described]) -> Self {
        Self { fields, required: &[], read_only: &[] }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name() == name)
    }
}

/// Where the fields stand: decides what a wrong one is answered with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Body,
}

/// The fields of one request, to be taken out by name.
pub(crate) struct Input {
    form: &'static Form,
    place: Place,
    values: BTreeMap<String, Json>,
    problems: Vec<Problem>,
}

impl Input {
    /// Reads a query string: each parameter at most once.
    pub(crate) fn query(form: &'static Form, pairs: Vec<(String, String)>) -> Self {
        let mut input = Self { form, place: Place::Query, values: BTreeMap::new(), problems: Vec::new() };
        for (name, text) in pairs {
            match input.values.entry(name) {
                Entry::Vacant(place) => drop(place.insert(Json::String(text))),
                Entry::Occupied(place) => {
                    let name = place.key().clone();
                    input.problem(&name, "is there more than once");
                }
            }
        }
        input.sift();
        input
    }

    /// Reads a body: one JSON object without repeated names. No body at all is an empty object.
    pub(crate) fn body(form: &'static Form, bytes: &[u8]) -> Result<Self, Failure> {
        let values = if bytes.is_empty() { BTreeMap::new() } else { parse(bytes)? };
        let mut input = Self { form, place: Place::Body, values, problems: Vec::new() };
        input.sift();
        Ok(input)
    }

    /// Drops and reports what the form does not list; reports what must be there and is not.
    fn sift(&mut self) {
        let form = self.form;
        let unknown: Vec<String> = self.values.keys().filter(|name| !form.has(name)).take(REPORTED).cloned().collect();
        for name in unknown {
            let message = match (form.read_only.iter().find(|(known, _)| *known == name), self.place) {
                (Some((_, "")), _) => "is read-only".to_owned(),
                (Some((_, instead)), _) => format!("is read-only: {instead}"),
                (None, Place::Query) => "is no parameter of this request".to_owned(),
                (None, Place::Body) => "is no field of this request".to_owned(),
            };
            self.problem(&name, message);
        }
        self.values.retain(|name, _| form.has(name));
        for name in form.required {
            if !self.values.contains_key(*name) {
                self.problem(name, "is required");
            }
        }
    }

    fn problem(&mut self, field: &str, message: impl Into<String>) {
        if self.problems.len() < REPORTED {
            self.problems.push(Problem::new(field.chars().take(SHOWN).collect::<String>(), message));
        }
    }

    /// The field's value; none if it is absent or wrong, which [`Input::done`] then reports.
    pub(crate) fn take<T: Value>(&mut self, field: &Field<T>) -> Option<T> {
        let json = self.values.remove(field.name)?;
        let read = match (self.place, json) {
            (Place::Query, Json::String(text)) => T::text(&text),
            (_, json) => T::json(json),
        };
        read.map_err(|message| self.problem(field.name, message)).ok()
    }

    /// `needed`, made of required fields, unless anything is wrong. Whatever was not taken is wrong too.
    pub(crate) fn done<T>(&mut self, needed: Option<T>) -> Result<T, Failure> {
        let left: Vec<String> = std::mem::take(&mut self.values).into_keys().collect();
        for name in left {
            self.problem(&name, "does not go with this request");
        }
        match needed {
            Some(needed) if self.problems.is_empty() => Ok(needed),
            _ if self.place == Place::Query => Err(Failure::Malformed(std::mem::take(&mut self.problems))),
            _ => Err(Refusal::Invalid(std::mem::take(&mut self.problems)).into()),
        }
    }

    /// Nothing was needed of it; refuses if anything was there.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        if self.form.fields.is_empty() && !self.problems.is_empty() {
            return Err(Failure::Malformed(std::mem::take(&mut self.problems)));
        }
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Result<BTreeMap<String, Json>, Failure> {
    serde_json::from_slice::<Object>(bytes).map(|object| object.0).map_err(|error| Failure::malformed("", format!("the body: {error}")))
}

/// A JSON object in which no name stands twice: which of two values counts is up to the reader, and that is how checks are passed by.
struct Object(BTreeMap<String, Json>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if values.contains_key(&name) {
                let shown: String = name.chars().take(SHOWN).collect();
                return Err(de::Error::custom(format_args!("the field {shown:?} is there more than once")));
            }
            values.insert(name, value);
        }
        Ok(Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Field<String> = Field::new("name", "");
    const SITE: Field<Option<String>> = Field::new("site", "");
    const HIDDEN: Field<String> = Field::new("hidden", "");
    static FORM: Form = Form { fields: &[&NAME, &SITE], required: &["name"], read_only: &[("id", ""), ("vrf", "set vrf_id")] };

    fn refused(failure: Failure) -> Vec<String> {
        let (Failure::Malformed(problems) | Failure::Refusal(Refusal::Invalid(problems))) = failure else { panic!("{failure:?}") };
        problems.into_iter().map(|p| format!("{}: {}", p.field, p.message)).collect()
    }

    fn body(text: &str) -> Result<String, Vec<String>> {
        let mut input = Input::body(&FORM, text.as_bytes()).map_err(refused)?;
        let (name, site) = (input.take(&NAME), input.take(&SITE));
        input.done(name).map(|name| format!("{name} {site:?}")).map_err(refused)
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        assert_eq!(body(r#"{"name":"a"}"#), Ok("a None".into()));
        assert_eq!(body(r#"{"name":"a","site":null}"#), Ok("a Some(None)".into()));
        assert_eq!(body(r#"{"name":"a","site":"b"}"#), Ok("a Some(Some(\"b\"))".into()));
    }

    #[test]
    fn all_problems_at_once() {
        let problems = body(r#"{"id":1,"vrf":{},"x":0,"site":7}"#).unwrap_err();
        assert_eq!(
            problems,
            [
                "id: is read-only",
                "vrf: is read-only: set vrf_id",
                "x: is no field of this request",
                "name: is required",
                "site: must be a string or null"
            ]
        );
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for text in ["[]", "1", "null", "{", "{} {}", r#"{"name":"a","name":"b"}"#, "{\"name\":\"\u{0}\"}"] {
            assert_eq!(body(text).unwrap_err().len(), 1, "{text}");
        }
        assert!(body(r#"{"name":"a","name":"b"}"#).unwrap_err()[0].contains("the field \"name\" is there more than once"));
        assert_eq!(body("").unwrap_err(), ["name: is required"]);
    }

    #[test]
    fn the_answer_does_not_grow_with_the_input() {
        let many: Vec<String> = (0..1_000).map(|n| format!("\"{}{n}\":1", "x".repeat(100))).collect();
        let problems = body(&format!("{{{}}}", many.join(","))).unwrap_err();
        assert_eq!(problems.len(), REPORTED);
        assert!(problems.iter().all(|p| p.len() < 120));
    }

    #[test]
    fn parameters_stand_once_and_are_known() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let mut input = Input::query(&FORM, vec![pair("name", "a"), pair("name", "b"), pair("y", "")]);
        let name = input.take(&NAME);
        assert_eq!(refused(input.done(name).unwrap_err()), ["name: is there more than once", "y: is no parameter of this request"]);
    }

    #[test]
    fn only_what_the_form_lists_can_be_read_and_all_of_it_must_be() {
        let mut input = Input::body(&FORM, br#"{"name":"a","hidden":"b"}"#).unwrap();
        assert_eq!(input.take(&HIDDEN), None);
        let name = input.take(&NAME);
        assert_eq!(refused(input.done(name).unwrap_err()), ["hidden: is no field of this request"]);
        let mut input = Input::body(&FORM, br#"{"name":"a"}"#).unwrap();
        assert_eq!(refused(input.done(Some(())).unwrap_err()), ["name: does not go with this request"]);
    }
}
