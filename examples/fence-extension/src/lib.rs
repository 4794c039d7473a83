//! Parts of the login fence that are not in the product: a tutorial that compiles. `docs/fence.md` walks through it.
//!
//! | file | part | kind |
//! |---|---|---|
//! | `office_hours.rs` | level 1 at night and on weekends | checker |
//! | `wait_fixed.rs` | every answer waits equally long | countermeasure |
//! | `question.rs` | a question in words | hybrid: challenge, checker and countermeasure |
//!
//! Each part says what it is called in a [`Descriptor`](ringfence_guard::fence::Descriptor) and decides in one function that knows nothing of HTTP, the
//! database or the other parts. [`extend`] hands them all to the registry; from then on rules, page, import, lint and simulator know them.
//!
//! Parts are trusted code inside the login. Whatever they read must come from the [`Facts`](ringfence_guard::fence::Facts): a part that asks a clock, a
//! file or the network makes the login slow and the simulator wrong.

mod office_hours;
mod question;
mod wait_fixed;

pub use office_hours::OfficeHours;
pub use question::{AskQuestion, Question, QuestionAnswered};
pub use wait_fixed::WaitFixed;

use std::time::Duration;

use ringfence_guard::fence::Registry;

// The settings of parts of one's own are their fields: here one says how they are used in this house.
static OFFICE_HOURS: OfficeHours = OfficeHours { opens: 7, closes: 19, hours_east: 1 };
static WAIT_FIXED: WaitFixed = WaitFixed { wait: Duration::from_secs(2) };

/// The registry with all parts of this crate. In the binary: `registry: extend(Registry::standard())`.
#[must_use]
pub fn extend(registry: Registry) -> Registry {
    registry
        .with_checker(&OFFICE_HOURS)
        .with_countermeasure(&WAIT_FIXED)
        .with_challenge(&Question)
        .with_checker(&QuestionAnswered)
        .with_countermeasure(&AskQuestion)
}
