//! The kinds of values that fields have: how each is written, read and described.

use plan::allocate::Strategy;
use plan::{Address, Family, Prefix};
use ringfence_app::{AddressStatus, SiteId, SubnetId, SubnetStatus, Under, UserId, VlanId, VrfId};
use ringfence_plan as plan;
use serde_json::{Value as Json, json};

use crate::input::Value;

impl Value for String {
    fn text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn json(json: Json) -> Result<Self, String> {
        if let Json::String(text) = json { Ok(text) } else { Err("must be a string".into()) }
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

/// `null` clears.
impl<T: Value> Value for Option<T> {
    fn text(text: &str) -> Result<Self, String> {
        T::text(text).map(Some)
    }

    fn json(json: Json) -> Result<Self, String> {
        match json {
            Json::Null => Ok(None),
            Json::String(_) => T::json(json).map(Some),
            _ => T::json(json).map(Some).map_err(|message| format!("{message} or null")),
        }
    }

    fn schema() -> Json {
        let mut schema = T::schema();
        if let Some(kind) = schema.get_mut("type") {
            *kind = json!([kind.take(), "null"]);
        }
        schema
    }
}

impl Value for Vec<String> {
    fn text(_: &str) -> Result<Self, String> {
        Err("must be a list of strings".into())
    }

    fn json(json: Json) -> Result<Self, String> {
        let Json::Array(items) = json else { return Err("must be a list of strings".into()) };
        items.into_iter().map(|item| String::json(item).map_err(|_| "must be a list of strings".to_owned())).collect()
    }

    fn schema() -> Json {
        json!({"type": "array", "items": {"type": "string"}})
    }
}

impl Value for bool {
    fn text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be true or false".to_owned())
    }

    fn schema() -> Json {
        json!({"type": "boolean"})
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Number<MIN, MAX> {
    fn bounded(number: Option<i64>) -> Result<Self, String> {
        let within = number.filter(|number| (MIN..=MAX).contains(number)).map(Self);
        within.ok_or_else(|| {
            if MAX == i64::MAX {
                format!("must be a whole number from {MIN}")
            } else {
                format!("must be a whole number from {MIN} to {MAX}")
            }
        })
    }

    /// As another type of number; its largest value where it is too small for `MAX`.
    pub(crate) fn to<N: TryFrom<i64> + Bound>(self) -> N {
        N::try_from(self.0).unwrap_or(N::LARGEST)
    }
}

/// A type with a largest value.
pub(crate) trait Bound {
    /// It.
    const LARGEST: Self;
}

impl Bound for u8 {
    const LARGEST: Self = Self::MAX;
}

impl Bound for u16 {
    const LARGEST: Self = Self::MAX;
}

impl Bound for u64 {
    const LARGEST: Self = Self::MAX;
}

impl Bound for usize {
    const LARGEST: Self = Self::MAX;
}

impl<const MIN: i64, const MAX: i64> Value for Number<MIN, MAX> {
    fn text(text: &str) -> Result<Self, String> {
        Self::bounded(if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None })
    }

    fn json(json: Json) -> Result<Self, String> {
        Self::bounded(json.as_i64())
    }

    fn schema() -> Json {
        let mut schema = json!({"type": "integer", "minimum": MIN});
        if MAX != i64::MAX
            && let Some(object) = schema.as_object_mut()
        {
            object.insert("maximum".into(), MAX.into());
        }
        schema
    }
}

/// Declares ids as whole numbers from 1.
macro_rules! ids {
    ($($id:ident),*) => {$(
        impl Value for $id {
            fn text(text: &str) -> Result<Self, String> {
                Number::<1, { i64::MAX }>::text(text).map(|number| Self(number.0))
            }

            fn json(json: Json) -> Result<Self, String> {
                Number::<1, { i64::MAX }>::json(json).map(|number| Self(number.0))
            }

            fn schema() -> Json {
                json!({"type": "integer", "format": "int64", "minimum": 1})
            }
        }
    )*};
}

ids!(SiteId, SubnetId, UserId, VlanId, VrfId);

/// Any id of an object, whatever its kind.
pub(crate) type Id = Number<1, { i64::MAX }>;

impl Id {
    /// The row.
    pub(crate) const fn row(self) -> i64 {
        self.0
    }
}

impl Value for Prefix {
    fn text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    fn schema() -> Json {
        json!({"type": "string", "examples": ["10.1.4.0/22", "2001:db8::/48"]})
    }
}

impl Value for Address {
    fn text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    fn schema() -> Json {
        json!({"type": "string", "examples": ["10.1.4.7", "2001:db8::7"]})
    }
}

/// An address or a prefix.
pub(crate) struct Block(pub(crate) Prefix);

impl Value for Block {
    fn text(text: &str) -> Result<Self, String> {
        if text.contains('/') { Prefix::text(text).map(Self) } else { Address::text(text).map(|address| Self(Prefix::from(address))) }
    }

    fn schema() -> Json {
        json!({"type": "string", "examples": ["10.1.4.7", "10.1.4.0/24"]})
    }
}

/// A day; the command checks that it is one.
pub(crate) struct Day(pub(crate) String);

impl Value for Day {
    fn text(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }

    fn schema() -> Json {
        json!({"type": "string", "format": "date"})
    }
}

impl Value for Family {
    fn text(text: &str) -> Result<Self, String> {
        text.parse().ok().and_then(Self::from_number).ok_or_else(|| "must be 4 or 6".to_owned())
    }

    fn schema() -> Json {
        json!({"type": "integer", "enum": [4, 6]})
    }
}

/// `none`, or a parent's id.
impl Value for Under {
    fn text(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::Nothing);
        }
        SubnetId::text(text).map(Self::Subnet).map_err(|_| "must be the id of a subnet, or none".to_owned())
    }

    fn schema() -> Json {
        json!({"oneOf": [{"type": "integer", "minimum": 1}, {"const": "none"}]})
    }
}

fn one_of(words: &[&str]) -> String {
    format!("must be one of {}", words.join(", "))
}

/// Declares an enum of words.
macro_rules! words {
    ($($kind:ident $all:expr, $word:expr, $read:expr;)*) => {$(
        impl Value for $kind {
            fn text(text: &str) -> Result<Self, String> {
                $read(text).ok_or_else(|| one_of(&$all.iter().map($word).collect::<Vec<_>>()))
            }

            fn schema() -> Json {
                json!({"type": "string", "enum": $all.iter().map($word).collect::<Vec<_>>()})
            }
        }
    )*};
}

words! {
    AddressStatus Self::ALL, |status| status.as_str(), Self::parse;
    Strategy Self::ALL, |strategy| strategy.name(), |text: &str| text.parse().ok();
    SubnetStatus Self::ALL, |status| status.as_str(), Self::parse;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_and_bounded() {
        type Vid = Number<1, 4094>;
        assert_eq!(Vid::text("4094").map(|n| n.to::<u16>()), Ok(4094));
        assert_eq!(Vid::json(json!(1)).map(|n| n.to::<u16>()), Ok(1));
        for wrong in ["", "0", "4095", "-1", "+1", "1.0", " 1", "99999999999999999999"] {
            assert_eq!(Vid::text(wrong).unwrap_err(), "must be a whole number from 1 to 4094", "{wrong}");
        }
        for wrong in [json!(0), json!(1.0), json!("1"), json!(true), json!(null), json!([1]), json!(u64::MAX)] {
            assert!(Vid::json(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(SiteId::json(json!("x")).unwrap_err(), "must be a whole number from 1");
    }

    #[test]
    fn words_name_their_choices() {
        assert_eq!(SubnetStatus::text("Active").unwrap_err(), "must be one of active, container, reserved, deprecated");
        assert_eq!(Strategy::text("sparse"), Ok(Strategy::Sparse));
        assert_eq!(Option::<AddressStatus>::json(json!(1)).unwrap_err(), "must be a string or null");
    }

    #[test]
    fn addresses_say_what_to_write_instead() {
        assert_eq!(Prefix::text("10.1.4.9/24").unwrap_err(), "10.1.4.9/24 has host bits set beyond /24; write 10.1.4.0/24");
        assert_eq!(Block::text("10.0.0.1").map(|b| b.0.to_string()), Ok("10.0.0.1/32".to_owned()));
        assert!(Block::text("10.0.0.1/24").is_err());
        assert_eq!(Under::text("none"), Ok(Under::Nothing));
        assert_eq!(Under::text("0").unwrap_err(), "must be the id of a subnet, or none");
    }

    #[test]
    fn nullable_kinds_say_so() {
        assert_eq!(Option::<SiteId>::schema()["type"], json!(["integer", "null"]));
        assert_eq!(Option::<SiteId>::json(json!(null)), Ok(None));
    }
}
