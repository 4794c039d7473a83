//! What a form or a filter offers to choose from: one query each, the first thousand by name.

use ringfence_app::queries::Paging;
use ringfence_app::queries::group::{ListSites, ListTags, ListVlans, ListVrfs};
use ringfence_app::{App, Refusal, limit};

use crate::gate::Visitor;
use crate::view::Choice;

fn most() -> Paging {
    Paging { limit: Some(limit::WINDOW), cursor: None }
}

/// Routing tables by name.
pub async fn vrfs(app: &App, visitor: &Visitor) -> Result<Vec<Choice>, Refusal> {
    let found = app.ask(&visitor.op, ListVrfs { q: None, paging: most() }).await?;
    Ok(found.data.into_iter().map(|vrf| Choice::new(vrf.id.to_string(), vrf.name)).collect())
}

/// Sites by name.
pub async fn sites(app: &App, visitor: &Visitor) -> Result<Vec<Choice>, Refusal> {
    let found = app.ask(&visitor.op, ListSites { q: None, paging: most() }).await?;
    Ok(found.data.into_iter().map(|site| Choice::new(site.id.to_string(), site.name)).collect())
}

/// VLANs by number, with the site that tells two of one number apart.
pub async fn vlans(app: &App, visitor: &Visitor) -> Result<Vec<Choice>, Refusal> {
    let found = app.ask(&visitor.op, ListVlans { paging: most(), ..ListVlans::default() }).await?;
    let label = |vid: u16, name: &str, site: Option<&str>| match site {
        Some(site) => format!("{vid} {name} · {site}"),
        None => format!("{vid} {name}"),
    };
    let choice = |vlan: ringfence_app::shape::Vlan| {
        Choice::new(vlan.id.to_string(), label(vlan.vid, &vlan.name, vlan.site.as_ref().map(|site| site.name.as_str())))
    };
    Ok(found.data.into_iter().map(choice).collect())
}

/// Tags by name; a tag is sent by its name.
pub async fn tags(app: &App, visitor: &Visitor) -> Result<Vec<Choice>, Refusal> {
    let found = app.ask(&visitor.op, ListTags { q: None, paging: most() }).await?;
    Ok(found.data.into_iter().map(|tag| Choice::new(tag.name.clone(), tag.name)).collect())
}

/// Adds what is chosen now where it is not among the first thousand: saving a form must not change what nobody touched.
pub fn keep(choices: &mut Vec<Choice>, value: &str, label: Option<&str>) {
    if !value.is_empty() && choices.iter().all(|choice| choice.value != value) {
        choices.push(Choice::new(value, label.map_or_else(|| format!("#{value}"), str::to_owned)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_always_offered() {
        let mut choices = vec![Choice::new("1", "Oslo")];
        keep(&mut choices, "1", Some("Oslo"));
        keep(&mut choices, "", None);
        assert_eq!(choices.len(), 1);
        keep(&mut choices, "7", Some("Bergen"));
        keep(&mut choices, "8", None);
        assert_eq!(choices.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(), ["Oslo", "Bergen", "#8"]);
    }
}
