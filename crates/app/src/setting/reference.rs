//! The registry as a page to read: `docs/settings.md` is what this gives, and a test holds one against the other.

use std::fmt::Write as _;

use super::{GROUPS, Kind, Setting};

const HEAD: &str = "\
# Settings

Written by `ringfence setting reference` from the registry in the code; do not edit it by hand.

Settings are in the database. They are changed on the page Settings, or with `ringfence setting set KEY VALUE` (`--stdin` for a secret, `--default` to put one
back), and hold from the next request on, on every instance. What must be known before the database opens is no setting: see
[operator.md](operator.md).
";

/// Every setting with default, bounds and meaning, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for group in GROUPS {
        let _ = write!(text, "\n## {}\n{}\n\n| key | default | value | meaning |\n|---|---|---|---|\n", group.title, group.note);
        for setting in group.settings() {
            let says = setting.kind.says();
            let _ = writeln!(text, "| `{}` | {} | {} | {} |", setting.key, default(setting), cell(&says), cell(setting.doc));
        }
    }
    text
}

fn default(setting: &Setting) -> String {
    match (setting.kind, setting.default) {
        (Kind::Rules, _) => "those that [fence.md](fence.md) begins with".into(),
        (_, "") => "empty".into(),
        (_, text) => format!("`{}`", cell(text)),
    }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
