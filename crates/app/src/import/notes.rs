//! Device and interface, which live as lines in an address's notes until devices exist.

/// Notes taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// Everything else.
    pub(super) text: String,
    /// What stands behind `device: `.
    pub(super) device: String,
    /// What stands behind `interface: `.
    pub(super) interface: String,
}

impl Notes {
    /// The last line of each word counts; what is joined comes apart again in the same way.
    pub(super) fn split(notes: &str) -> Self {
        let mut text: Vec<&str> = notes.lines().collect();
        let mut last = |word: &str| {
            let at = text.iter().rposition(|line| line.starts_with(word))?;
            Some(text.remove(at).strip_prefix(word)?.trim().to_owned())
        };
        let device = last("device: ").unwrap_or_default();
        let interface = last("interface: ").unwrap_or_default();
        Self { text: text.join("\n").trim().to_owned(), device, interface }
    }

    pub(super) fn join(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(Some(self.text.clone()).filter(|text| !text.is_empty()));
        for (word, value) in [("device", &self.device), ("interface", &self.interface)] {
            if !value.is_empty() {
                lines.push(format!("{word}: {value}"));
            }
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_comes_apart_again() {
        let notes = Notes { text: "two\nlines".into(), device: "sw1".into(), interface: "ge-0/0/1".into() };
        assert_eq!(notes.join(), "two\nlines\ndevice: sw1\ninterface: ge-0/0/1");
        assert_eq!(Notes::split(&notes.join()), notes);
        assert_eq!(Notes::split("").join(), "");
        let twice = Notes::split("device: a\nfree\r\ndevice: b");
        assert_eq!(twice.join(), "device: a\nfree\ndevice: b");
        assert_eq!(Notes::split(&twice.join()), twice);
    }
}
