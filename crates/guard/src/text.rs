//! Bytes as text and back: lower-case hex and unpadded base64url, the two spellings that our tokens, tags and cookie names use.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Length of 32 bytes in unpadded base64url.
pub const BASE64_32: usize = 43;

/// Lower-case hex, two characters a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Unpadded base64url (RFC 4648 §5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The 32 bytes behind 43 characters of base64url. `None` for any other length, a foreign character or a spelling that is not the
/// canonical one, so that one value has one text.
#[must_use]
pub fn base64url_32(text: &str) -> Option<[u8; 32]> {
    if text.len() != BASE64_32 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Standard base64, padded, as in a data: URL.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The UTF-8 text behind standard base64, padded or not.
#[must_use]
pub fn base64_text(text: &str) -> Option<String> {
    String::from_utf8(STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?).ok()
}

/// The 32 bytes behind 64 lower-case hex digits.
#[must_use]
pub fn hex_32(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase()).and_then(|d| u8::try_from(d).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

/// The bytes behind unpadded base64url in its canonical spelling, whatever their number.
#[must_use]
pub fn base64url_bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_both_ways() {
        assert_eq!(hex(&[0, 0x7f, 0xa3]), "007fa3");
        let bytes = [0xfbu8; 32];
        assert_eq!(base64url(&bytes).len(), BASE64_32);
        assert_eq!(base64url_32(&base64url(&bytes)), Some(bytes));
        assert_eq!(base64url_bytes(&base64url(b"any")), Some(b"any".to_vec()));
        assert_eq!(hex_32(&hex(&bytes)), Some(bytes));
        for wrong in [hex(&bytes).to_uppercase(), hex(&bytes[1..]), format!("{}g", &hex(&bytes)[1..]), "é".repeat(32)] {
            assert_eq!(hex_32(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_value_has_one_spelling() {
        let text = base64url(&[0u8; 32]);
        let crooked = format!("{}B", &text[..42]);
        assert_eq!(base64url_32(&crooked), None);
        assert_eq!(base64url_32(&format!("{text}=")), None);
        assert_eq!(base64url_32(&text[1..]), None);
    }
}
