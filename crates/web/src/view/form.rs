//! Forms that survive a mistake: what was typed comes back, and each error stands at its field.

/// One thing wrong with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form; empty when the error belongs to the form as a whole.
    pub field: String,
    /// One sentence that says how to put it right.
    pub message: String,
}

/// A form with the values to show in it. The values are typed text, not parsed values.
#[derive(Debug, Clone, Default)]
pub struct Form<T> {
    /// Start of every element id in the form, unique on its page.
    pub id: &'static str,
    /// Where it is posted.
    pub action: String,
    /// What stands in the fields.
    pub values: T,
    /// What was wrong the last time.
    pub errors: Vec<FieldError>,
}

impl<T> Form<T> {
    /// A form nobody has sent yet.
    pub fn new(id: &'static str, action: impl Into<String>, values: T) -> Self {
        Self { id, action: action.into(), values, errors: Vec::new() }
    }

    /// What is wrong with this field.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// Everything that is wrong with this field.
    pub fn errors_of(&self, field: &str) -> impl Iterator<Item = &str> {
        self.errors.iter().filter(move |error| error.field == field).map(|error| error.message.as_str())
    }

    /// The id of the field's control.
    #[must_use]
    pub fn field_id(&self, field: &str) -> String {
        format!("{}-{field}", self.id)
    }

    /// What is wrong with the form as a whole.
    pub fn general(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().filter(|error| error.field.is_empty()).map(|error| error.message.as_str())
    }

    /// How many fields have an error of their own.
    #[must_use]
    pub fn wrong_fields(&self) -> usize {
        self.errors.iter().filter(|error| !error.field.is_empty()).count()
    }
}

/// One entry of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// An entry.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

#[cfg(test)]
impl<T> Form<T> {
    /// The same form with an error at a field (or, with an empty name, at the whole).
    pub(crate) fn wrong(mut self, field: &str, message: &str) -> Self {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }
}
