//! The validators of an installation: the built-in ones, and whatever the composition root adds.

use super::{About, Candidate, Objection, Policy, Validator};
use crate::password::NewPassword;

/// Everything that judges a new password here.
#[derive(Clone)]
pub struct Rules {
    validators: Vec<&'static dyn Validator>,
}

impl Rules {
    /// The built-in ones.
    #[must_use]
    pub fn standard() -> Self {
        Self { validators: super::ALL.to_vec() }
    }

    /// With a validator of one's own.
    #[must_use]
    pub fn with_validator(mut self, validator: &'static dyn Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Every validator, in the order in which they object.
    #[must_use]
    pub fn validators(&self) -> &[&'static dyn Validator] {
        &self.validators
    }

    /// Asks all of them. A password comes out if none objects, else everything that was objected. One that could not decide objects.
    pub fn check(&self, candidate: Candidate, about: &About<'_>, policy: &Policy) -> Result<NewPassword, Vec<Objection>> {
        let mut objections = Vec::new();
        for validator in &self.validators {
            let name = validator.descriptor().name;
            let object = |message, trouble| Objection { validator: name, message, trouble };
            match validator.check(&candidate, about, policy) {
                Ok(messages) => objections.extend(messages.into_iter().map(|message| object(message, None))),
                Err(undecided) => objections.push(object(undecided.message, Some(undecided.why))),
            }
        }
        if objections.is_empty() { Ok(candidate.accept()) } else { Err(objections) }
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.validators.iter().map(|validator| validator.descriptor().name)).finish()
    }
}
