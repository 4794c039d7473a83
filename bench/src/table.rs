//! The table of results, in Markdown.

use std::fmt::Write as _;

use crate::load::Measured;

/// What a figure has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// Nothing in particular.
    None,
    /// At least so much on the machine that the targets were set on; `speed` is this machine's by that one's.
    AtLeast { there: f64, speed: f64 },
    /// At most so much on the machine that the targets were set on.
    Within { there: f64, speed: f64 },
    /// At most so much.
    AtMost(f64),
    /// At least this share of the raw limit.
    Share(f64),
    /// At most so many times the raw limit.
    Times(f64),
    /// 95 of 100 answers within so many milliseconds.
    P95(f64),
}

/// A limit that nothing on this machine exceeds, taken in the same run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// In the unit of the row.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) what: &'static str,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// 50, 95 and 99 of 100 answers came within so many milliseconds.
    pub(crate) times: Option<[f64; 3]>,
    /// Processor time of the server for one answer, in microseconds.
    pub(crate) cost: Option<f64>,
    /// Wrong or missing answers.
    pub(crate) errors: usize,
    /// What it is compared with.
    pub(crate) limit: Option<Limit>,
    /// What it should be.
    pub(crate) goal: Goal,
    /// What else is to be said, for below the table.
    pub(crate) note: String,
}

impl Row {
    /// A row of answers per second.
    pub(crate) fn rate(name: &str, measured: &Measured, limit: Option<Limit>, goal: Goal) -> Self {
        let note = measured.first_error.as_ref().map(|error| format!("first error: {error}")).unwrap_or_default();
        let times = Some([measured.within(500), measured.within(950), measured.within(990)]);
        Self {
            name: name.into(),
            value: measured.rate(),
            unit: "/s",
            times,
            cost: measured.cost(),
            errors: measured.errors,
            limit,
            goal,
            note,
        }
    }

    /// A row with a figure that is no rate.
    pub(crate) fn figure(name: &str, value: f64, unit: &'static str, goal: Goal) -> Self {
        Self { name: name.into(), value, unit, times: None, cost: None, errors: 0, limit: None, goal, note: String::new() }
    }

    /// The same with more to say.
    pub(crate) fn noted(mut self, note: &str) -> Self {
        if !self.note.is_empty() && !note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(note);
        self
    }

    /// The figure by the raw limit.
    fn ratio(&self) -> Option<f64> {
        self.limit.map(|limit| self.value / limit.value.max(1e-9))
    }

    /// Whether the goal is reached, without errors; none if there is no goal.
    fn reached(&self) -> Option<bool> {
        let reached = match self.goal {
            Goal::None => return None,
            Goal::AtLeast { there, speed } => self.value >= there * speed,
            Goal::Within { there, speed } => self.value <= there / speed,
            Goal::AtMost(most) => self.value <= most,
            Goal::Share(share) => self.ratio().is_some_and(|ratio| ratio >= share),
            Goal::Times(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Goal::P95(most) => self.times.is_some_and(|[_, p95, _]| p95 <= most),
        };
        Some(reached && self.errors == 0)
    }

    fn target(&self) -> String {
        match self.goal {
            Goal::None => "–".into(),
            Goal::AtLeast { there, speed } => format!("≥ {} ({})", amount(there * speed, self.unit), amount(there, self.unit)),
            Goal::Within { there, speed } => format!("≤ {} ({})", amount(there / speed, self.unit), amount(there, self.unit)),
            Goal::AtMost(most) => format!("≤ {}", amount(most, self.unit)),
            Goal::Share(share) => format!("≥ {:.0} % of the limit", share * 100.0),
            Goal::Times(most) => format!("≤ {most:.0} × the limit"),
            Goal::P95(most) => format!("p95 ≤ {most} ms"),
        }
    }
}

/// All rows, and below them what is to be said about some.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = "| row | measured | p50 ms | p95 ms | p99 ms | server µs | errors | raw limit | ratio | target | reached |\n".to_owned();
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for row in rows {
        let [p50, p95, p99] = row.times.map_or_else(Default::default, |times| times.map(|time| format!("{time:.2}")));
        let cost = row.cost.map(|cost| format!("{cost:.0}")).unwrap_or_default();
        let limit = row.limit.map(|limit| format!("{} {}", amount(limit.value, row.unit), limit.what)).unwrap_or_default();
        let ratio = row.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let reached = row.reached().map_or("–", |reached| if reached { "yes" } else { "**no**" });
        let (name, value, errors, target) = (&row.name, amount(row.value, row.unit), row.errors, row.target());
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "| {name} | {value} | {p50} | {p95} | {p99} | {cost} | {errors} | {limit} | {ratio} | {target} | {reached} |");
    }
    for row in rows.iter().filter(|row| !row.note.is_empty()) {
        let _ = write!(text, "\n- {}: {}", row.name, row.note);
    }
    text.push('\n');
    text
}

/// A figure with its unit, thousands set apart.
fn amount(value: f64, unit: &str) -> String {
    if value < 100.0 {
        return format!("{value:.1} {unit}").replace(" /s", "/s");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {unit}").replace(" /s", "/s")
}

#[cfg(test)]
mod tests {
    use super::{Goal, Limit, Row, render};

    fn row(value: f64, errors: usize, goal: Goal) -> Row {
        let limit = Some(Limit { value: 50_000.0, what: "bare" });
        Row { limit, errors, times: Some([0.5, 2.0, 9.0]), cost: Some(20.4), ..Row::figure("get", value, "/s", goal) }
    }

    #[test]
    fn a_row_says_what_it_is_measured_by() {
        let text = render(&[row(35_000.4, 0, Goal::AtLeast { there: 70_000.0, speed: 0.5 }).noted("quick")]);
        let expected = "| get | 35,000/s | 0.50 | 2.00 | 9.00 | 20 | 0 | 50,000/s bare | 0.70 | ≥ 35,000/s (70,000/s) | yes |";
        assert!(text.contains(expected) && text.ends_with("\n- get: quick\n"), "{text}");
    }

    #[test]
    fn a_goal_is_not_reached_with_errors() {
        assert_eq!(row(40_000.0, 1, Goal::AtLeast { there: 70_000.0, speed: 0.5 }).reached(), Some(false));
        assert_eq!(row(39.0, 0, Goal::AtMost(40.0)).reached(), Some(true));
        assert_eq!(row(39_000.0, 0, Goal::Share(0.8)).reached(), Some(false));
        assert_eq!(row(1.0, 0, Goal::P95(1.9)).reached(), Some(false));
        assert_eq!(row(1.0, 1, Goal::None).reached(), None);
    }
}
