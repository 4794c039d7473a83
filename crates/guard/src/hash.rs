//! SHA-256 as a plain array, for whatever is looked up or chained by its hash.

use ring::digest;

/// SHA-256 of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, message).as_ref())
}

/// SHA-256 of a message that comes in parts.
#[derive(Clone)]
pub struct Running(digest::Context);

impl Running {
    /// Begins with `first`.
    #[must_use]
    pub fn new(first: &[u8]) -> Self {
        let mut running = Self(digest::Context::new(&digest::SHA256));
        running.add(first);
        running
    }

    /// Goes on with `part`.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The hash of all parts.
    #[must_use]
    pub fn end(self) -> [u8; 32] {
        array(self.0.finish().as_ref())
    }
}

/// The 32 bytes of a SHA-256 output, which the library hands out as a slice.
pub(crate) fn array(output: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(output) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn is_the_hash_of_the_standard() {
        assert_eq!(text::hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mut running = Running::new(b"a");
        running.add(b"bc");
        assert_eq!(running.end(), sha256(b"abc"));
    }
}
