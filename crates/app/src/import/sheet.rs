//! A file as a table: encoding, delimiter, records with their physical lines. Whatever makes the whole file unreadable is refused here.

use csv::StringRecord;

use crate::{Refusal, limit};

/// A readable table.
#[derive(Debug)]
pub(super) struct Sheet<'b> {
    text: &'b str,
    delimiter: u8,
    /// The cells of the first row, as they stand.
    pub(super) header: Vec<String>,
    /// Records at most: the line ends.
    pub(super) lines: usize,
}

fn unreadable(why: impl Into<String>) -> Refusal {
    Refusal::invalid("file", why)
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + ends(bytes.get(..at).unwrap_or(bytes), bytes.get(at))
}

/// Line ends of all three kinds: LF, CR LF as one, CR alone. `next` is the byte after these.
fn ends(bytes: &[u8], next: Option<&u8>) -> usize {
    let following = bytes.iter().skip(1).chain(next).map(Some).chain([None]);
    bytes.iter().zip(following).filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n'))).count()
}

impl<'b> Sheet<'b> {
    /// Reads the header.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Refusal> {
        if bytes.len() > limit::UPLOAD {
            let (size, most) = (bytes.len().div_ceil(1 << 20), limit::UPLOAD >> 20);
            return Err(unreadable(format!("has {size} MiB, at most {most} fit: split it")));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(unreadable("is UTF-16: save it as UTF-8"));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Some(at) = bytes.iter().position(|b| *b == 0) {
            return Err(unreadable(format!("line {} holds a NUL character: this is no CSV file", line_of(bytes, at))));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| unreadable(format!("line {} is not UTF-8: save the file as UTF-8", line_of(bytes, e.valid_up_to()))))?;
        let mut sheet = Self { text, delimiter: delimiter(text), header: Vec::new(), lines: line_of(bytes, bytes.len()) };
        if let Some((at, why)) = broken_quote(text.as_bytes(), sheet.delimiter) {
            return Err(unreadable(format!("line {} {why}", line_of(bytes, at))));
        }
        let mut header = StringRecord::new();
        let some = sheet.reader().read_record(&mut header).map_err(|e| unreadable(e.to_string()))?;
        if !some {
            return Err(unreadable("is empty: its first line must name the columns"));
        }
        sheet.header = header.iter().map(str::to_owned).collect();
        Ok(sheet)
    }

    fn reader(&self) -> csv::Reader<&'b [u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).has_headers(false).flexible(true).from_reader(self.text.as_bytes())
    }

    /// How it was read, for people.
    pub(super) fn format(&self) -> String {
        let by = match self.delimiter {
            b';' => "semicolon",
            b'\t' => "tab",
            _ => "comma",
        };
        format!("{by}-separated, UTF-8")
    }

    /// Hands over every row after the header with its first physical line. Empty lines are no rows.
    pub(super) fn each(&self, mut row: impl FnMut(usize, &StringRecord)) -> Result<(), Refusal> {
        let mut reader = self.reader();
        let mut record = StringRecord::new();
        let mut lines = Lines { bytes: self.text.as_bytes(), at: 0, line: 1 };
        let mut rows = 0;
        let mut header = true;
        while reader.read_record(&mut record).map_err(|e| unreadable(e.to_string()))? {
            let start = record.position().map_or(0, csv::Position::byte);
            let line = lines.first_of(usize::try_from(start).unwrap_or(usize::MAX));
            if std::mem::take(&mut header) || (record.len() == 1 && record.iter().all(|cell| cell.trim().is_empty())) {
                continue;
            }
            rows += 1;
            if rows > limit::IMPORT_ROWS {
                return Err(unreadable(format!("has more than {} rows: split it", limit::IMPORT_ROWS)));
            }
            row(line, &record);
        }
        Ok(())
    }
}

/// Counts physical lines on the way through the text.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line on which the record begins that was read from `start`: line ends before it are still the record before or empty lines.
    fn first_of(&mut self, start: usize) -> usize {
        let mut begin = self.at.max(start);
        while let Some(b'\r' | b'\n') = self.bytes.get(begin) {
            begin += 1;
        }
        self.line += ends(self.bytes.get(self.at..begin).unwrap_or_default(), self.bytes.get(begin));
        self.at = begin;
        self.line
    }
}

/// The first quoted field that breaks the rule of RFC 4180: where it begins and what is wrong. The reader takes such fields without a word, with
/// the rows that follow in them.
fn broken_quote(bytes: &[u8], delimiter: u8) -> Option<(usize, &'static str)> {
    let ends = |byte: Option<&u8>| byte.is_none_or(|b| *b == delimiter || matches!(b, b'\r' | b'\n'));
    let mut at = 0;
    while at < bytes.len() {
        if bytes.get(at) == Some(&b'"') {
            let begin = at;
            loop {
                at += 1;
                match (bytes.get(at), bytes.get(at + 1)) {
                    (None, _) => {
                        return Some((
                            begin,
                            "begins a quoted field that never ends: close the quote, or double it if it is part of the text",
                        ));
                    }
                    (Some(b'"'), Some(b'"')) => at += 1,
                    (Some(b'"'), next) if ends(next) => break,
                    (Some(b'"'), _) => {
                        return Some((
                            begin,
                            "begins a quoted field in which a single quote stands: double it (\"\") if it is part of the text",
                        ));
                    }
                    _ => {}
                }
            }
        }
        while !ends(bytes.get(at)) {
            at += 1;
        }
        at += 1;
    }
    None
}

/// The separator that the header line has most of, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if !quoted => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(byte == *delimiter);
                }
            }
            _ => {}
        }
    }
    let mut best = (b',', 0);
    for (delimiter, count) in counts {
        if count > best.1 {
            best = (delimiter, count);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<(usize, Vec<String>)> {
        let mut rows = Vec::new();
        Sheet::open(text).unwrap().each(|line, record| rows.push((line, record.iter().map(str::to_owned).collect()))).unwrap();
        rows
    }

    fn refusal(bytes: &[u8]) -> String {
        Sheet::open(bytes).unwrap_err().to_string()
    }

    #[test]
    fn lines_are_physical_whatever_their_ends() {
        let expected = vec![(2, vec!["a".into(), "b\nc".into()]), (5, vec!["d".into(), "e".into()])];
        let unix = rows(b"x,y\na,\"b\nc\"\n\nd,e\n");
        assert_eq!(unix, expected);
        let dos = rows("\u{feff}x;y\r\na;\"b\nc\"\r\n\r\nd;e".as_bytes());
        assert_eq!(dos, expected);
        let mac = rows(b"x,y\ra,\"b\rc\"\r\rd,e\r");
        assert_eq!(mac.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(rows(b"\n\nx\ty\na\tb")[0].0, 4);
        assert_eq!(rows(b"x\n\"\"\na\n"), [(3, vec!["a".to_owned()])]);
    }

    #[test]
    fn the_header_tells_the_separator() {
        for (header, format) in [("a,b", "comma"), ("a;b", "semicolon"), ("a\tb", "tab"), ("\"a,b,c\";d", "semicolon"), ("a", "comma")] {
            assert_eq!(Sheet::open(header.as_bytes()).unwrap().format(), format!("{format}-separated, UTF-8"));
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        assert_eq!(refusal(b""), "file: is empty: its first line must name the columns");
        assert_eq!(refusal(b"a,b\n1,\0"), "file: line 2 holds a NUL character: this is no CSV file");
        assert_eq!(refusal(b"a\n\n\xe4"), "file: line 3 is not UTF-8: save the file as UTF-8");
        assert_eq!(
            refusal(b"a,b\n\n1,\"open\n2,x\n3,y"),
            "file: line 3 begins a quoted field that never ends: close the quote, or double it if it is part of the text"
        );
        assert_eq!(
            refusal(b"a,b\r\n1,\"open\r\n2,\"x\"\r\n"),
            "file: line 2 begins a quoted field in which a single quote stands: double it (\"\") if it is part of the text"
        );
        assert!(refusal(b"a,\"b\n1,2\n").starts_with("file: line 1 begins"));
        assert_eq!(
            rows(b"a,b\n5\" disk,\"say \"\"hi\"\"\"\n\"\",\"\""),
            [(2, vec!["5\" disk".into(), "say \"hi\"".into()]), (3, vec![String::new(), String::new()])]
        );
        assert_eq!(refusal(b"\xff\xfea\0"), "file: is UTF-16: save it as UTF-8");
    }
}
