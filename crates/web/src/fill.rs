//! Filling views from what `app` answers: numbers grouped for reading, times, bars, sentences.

use ringfence_app::shape;

use crate::view::home::ChangeLine;
use crate::view::{Bar, Change, FieldChange, Usage, When};

/// `11012` as `11,012`; what is no plain number stays.
#[must_use]
pub fn grouped(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An RFC 3339 time as a page shows it.
#[must_use]
pub fn when(iso: &str) -> When {
    When { iso: iso.to_owned() }
}

/// How full a subnet is.
#[must_use]
pub fn usage(subnet: &shape::Subnet) -> Usage {
    let Some(percent) = subnet.utilization else {
        let text = if subnet.used == "0" { String::new() } else { format!("{} used", grouped(&subnet.used)) };
        return Usage { bar: None, text };
    };
    let total = per_mille(percent);
    let (used, reserved): (f64, f64) = (subnet.used.parse().unwrap_or(0.0), subnet.reserved.parse().unwrap_or(0.0));
    let share = if subnet.children > 0 || used + reserved <= 0.0 { 0.0 } else { reserved / (used + reserved) };
    let reserved = per_mille(percent * share).min(total);
    let text = if percent > 0.0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{} %", (percent * 10.0).round() / 10.0) };
    Usage { bar: Some(Bar { used: total - reserved, reserved }), text }
}

/// Percent as thousandths, 0 to 1000.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 before")]
fn per_mille(percent: f64) -> u16 {
    (percent * 10.0).round().clamp(0.0, 1000.0) as u16
}

/// An event's name as a phrase: `address.allocated` is "Address allocated".
#[must_use]
pub fn phrase(name: &str) -> String {
    match name {
        "auth.login" => "Logged in".to_owned(),
        "auth.login_blocked" => "Login blocked".to_owned(),
        "auth.login_failed" => "Login failed".to_owned(),
        "auth.logout" => "Logged out".to_owned(),
        _ => {
            let (noun, act) = name.split_once('.').unwrap_or((name, ""));
            format!("{} {act}", thing(noun)).trim_end().replace('_', " ")
        }
    }
}

/// A kind of object or a field of one as people call it: `apikey` is "API key", `vrf_id` is "VRF".
fn thing(name: &str) -> String {
    match name.strip_suffix("_id").unwrap_or(name) {
        "apikey" => "API key".to_owned(),
        "mac" => "MAC".to_owned(),
        "rd" => "Route distinguisher".to_owned(),
        "vid" => "VLAN number".to_owned(),
        "vlan" => "VLAN".to_owned(),
        "vrf" => "VRF".to_owned(),
        "hostname" => "Host name".to_owned(),
        "expires_on" => "Expires".to_owned(),
        other => {
            let mut chars = other.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars).map(|c| if c == '_' { ' ' } else { c }).collect()
        }
    }
}

/// Who acted, in words.
#[must_use]
pub fn actor(event: &shape::Event) -> String {
    match (&event.actor_name, event.actor_id) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => format!("{} {id}", event.actor_kind),
        (None, None) => event.actor_kind.clone(),
    }
}

/// What an event was about, by name.
#[must_use]
pub fn object_name(event: &shape::Event) -> Option<String> {
    let source = || event.details.get("source").and_then(serde_json::Value::as_str).map(str::to_owned);
    let unnamed = || event.object_kind.as_deref().zip(event.object_id).map(|(kind, id)| format!("{kind} {id}"));
    event.object_label.clone().or_else(source).or_else(unnamed)
}

/// The page of an object, where it has one.
#[must_use]
pub fn object_page(event: &shape::Event) -> Option<String> {
    let (kind, id) = (event.object_kind.as_deref()?, event.object_id?);
    Some(match kind {
        _ if event.name.ends_with(".deleted") => return None,
        "subnet" => format!("/subnets/{id}"),
        "address" => format!("/addresses/{id}"),
        "vrf" => "/vrfs".to_owned(),
        "site" => "/sites".to_owned(),
        "vlan" => "/vlans".to_owned(),
        "tag" => "/tags".to_owned(),
        _ => return None,
    })
}

/// An event as a line of the home page.
#[must_use]
pub fn change_line(event: &shape::Event) -> ChangeLine {
    ChangeLine {
        when: when(&event.at),
        actor: actor(event),
        text: phrase(&event.name),
        object: object_name(event).map(|name| (name, object_page(event))),
    }
}

/// A change as the history shows it.
#[must_use]
pub fn change(change: shape::Change) -> Change {
    let event = &change.event;
    Change {
        when: when(&event.at),
        actor: actor(event),
        door: event.door.clone(),
        text: phrase(&event.name),
        fields: change.fields.into_iter().map(|(field, before, after)| FieldChange { field: thing(&field), before, after }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (digits, shown) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("11012", "11,012"), ("18446744073709551616", "18,446,744,073,709,551,616")]
        {
            assert_eq!(grouped(digits), shown);
        }
    }

    #[test]
    fn names_become_phrases() {
        for (name, shown) in [
            ("auth.login_failed", "Login failed"),
            ("apikey.created", "API key created"),
            ("setup.link_created", "Setup link created"),
            ("vrf.updated", "VRF updated"),
            ("address.allocated", "Address allocated"),
        ] {
            assert_eq!(phrase(name), shown);
        }
        for (field, shown) in [("vrf_id", "VRF"), ("free_text", "Free text"), ("hostname", "Host name")] {
            assert_eq!(thing(field), shown);
        }
    }
}
