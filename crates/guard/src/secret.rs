//! A value that must not leak by accident: it cannot be displayed or serialized, debugging shows stars, and its memory is wiped
//! when it goes. Whoever needs the value says so by calling [`Secret::expose`], which is easy to search for.

use serde::{Deserialize, Deserializer};
use std::fmt;
use zeroize::Zeroize;

/// A secret of any kind that can be wiped.
pub struct Secret<T: Zeroize>(T);

/// A secret that is text: a password, a token, an API key.
pub type SecretText = Secret<String>;

impl<T: Zeroize + Default> Default for Secret<T> {
    fn default() -> Self {
        Self(T::default())
    }
}

impl<T: Zeroize> Secret<T> {
    /// Takes the value in. Copies made before are the caller's to wipe.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that compares, hashes or hands it out.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Secrets arrive in forms and JSON bodies; they never leave that way.
impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Witness(Arc<AtomicBool>);

    impl Zeroize for Witness {
        fn zeroize(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn debug_shows_stars() {
        #[derive(Debug, Deserialize)]
        struct Form {
            password: SecretText,
        }
        let form: Form = serde_json::from_str(r#"{"password":"hunter2 hunter2"}"#).unwrap();
        assert_eq!(format!("{form:?}"), "Form { password: *** }");
        assert_eq!(form.password.expose(), "hunter2 hunter2");
    }

    #[test]
    fn is_wiped_when_dropped() {
        let wiped = Arc::new(AtomicBool::new(false));
        let secret = Secret::new(Witness(Arc::clone(&wiped)));
        assert!(!wiped.load(Ordering::SeqCst));
        drop(secret);
        assert!(wiped.load(Ordering::SeqCst));
    }
}
