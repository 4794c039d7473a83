//! Time zones by name. The database of zones is part of the program, so that every machine knows the same ones.

use jiff::tz::TimeZone;

/// Names that the database has and nobody means: no zone of a place or of the calendar.
const NO_ZONES: &[&str] = &["Etc/Unknown", "Factory", "leapseconds", "localtime", "posix", "posixrules", "right"];

/// The zone of that name, whatever the case of its letters.
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    if NO_ZONES.iter().any(|none| none.eq_ignore_ascii_case(name)) {
        return None;
    }
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some())
}

/// Every name, sorted.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| !NO_ZONES.contains(&name.as_str()));
    names.sort_unstable();
    names
}

/// The name in its one form.
pub(super) fn name(text: &str) -> Result<String, String> {
    let found = find(text).and_then(|zone| zone.iana_name().map(str::to_owned));
    found.ok_or_else(|| "must be an IANA time zone, such as Europe/Berlin or UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name_in_one_form() {
        for (typed, known) in
            [("UTC", "UTC"), ("europe/berlin", "Europe/Berlin"), ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires")]
        {
            assert_eq!(name(typed).as_deref(), Ok(known));
        }
        for nonsense in ["", "Mars/Olympus", "+02:00", "factory", "Etc/Unknown", "../../etc/passwd", "Europe/Berlin "] {
            assert!(name(nonsense).unwrap_err().contains("Europe/Berlin"), "{nonsense}");
        }
    }

    #[test]
    fn every_name_that_is_offered_is_taken() {
        let names = names();
        assert!(names.len() > 400 && names.is_sorted());
        for offered in names {
            assert_eq!(name(&offered).as_deref(), Ok(offered.as_str()));
        }
    }
}
