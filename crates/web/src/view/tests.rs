//! Every page and every part is rendered from its samples and held against the rules of the screens: no inline script or
//! style, a title, a CSRF field in every POST form, labels for every control, unique ids, balanced elements.

use askama::Template;

use super::account::{PasswordPage, ProfilePage, SessionsPage};
use super::address::{AddressFormPage, AddressPage, AddressRows};
use super::audit::AuditPage;
use super::delete::DeletePage;
use super::error::ErrorPage;
use super::fence::FencePage;
use super::home::HomePage;
use super::import::{ImportPage, ImportPlanPage, ImportProgress, ImportRunPage, ImportState};
use super::key::KeysPage;
use super::mail::MailPage;
use super::search::SearchPage;
use super::setting::SettingsPage;
use super::sign::{BrowserPage, EmailPage, ForgotPage, LoginPage, ResetPage, SetupPage};
use super::sign_in::{CountsPart, SignInsPage};
use super::site::SitesPage;
use super::subnet::{SubnetFormPage, SubnetPage, SubnetRows, SubnetsPage};
use super::tag::TagsPage;
use super::user::{UserDeletePage, UserPage, UsersPage};
use super::vlan::VlansPage;
use super::vrf::VrfsPage;
use super::{Flash, FlashKind, Theme};

fn html(template: &impl Template) -> String {
    template.render().unwrap()
}

/// Whole pages by name.
fn pages() -> Vec<(String, String)> {
    let mut pages = vec![
        ("login", html(&LoginPage::sample())),
        ("login-asking", html(&LoginPage::sample_asking())),
        ("browser", html(&BrowserPage::sample())),
        ("setup", html(&SetupPage::sample())),
        ("forgot", html(&ForgotPage::sample())),
        ("reset", html(&ResetPage::sample())),
        ("email", html(&EmailPage::sample())),
        ("profile", html(&ProfilePage::sample())),
        ("profile-bare", html(&ProfilePage::sample_bare())),
        ("password", html(&PasswordPage::sample())),
        ("password-elsewhere", html(&PasswordPage::sample_elsewhere())),
        ("sessions", html(&SessionsPage::sample())),
        ("users", html(&UsersPage::sample())),
        ("user", html(&UserPage::sample())),
        ("user-own", html(&UserPage::sample_own())),
        ("user-inactive", html(&UserPage::sample_inactive())),
        ("user-delete", html(&UserDeletePage::sample())),
        ("home", html(&HomePage::sample())),
        ("home-empty", html(&HomePage::sample_empty())),
        ("subnets", html(&SubnetsPage::sample())),
        ("subnets-flat", html(&SubnetsPage::sample_flat())),
        ("subnets-empty", html(&SubnetsPage::sample_empty())),
        ("subnet", html(&SubnetPage::sample())),
        ("subnet-empty", html(&SubnetPage::sample_empty())),
        ("subnet-new", html(&SubnetFormPage::sample())),
        ("subnet-edit", html(&SubnetFormPage::sample_edit())),
        ("address", html(&AddressPage::sample())),
        ("address-new", html(&AddressFormPage::sample())),
        ("address-edit", html(&AddressFormPage::sample_edit())),
        ("search", html(&SearchPage::sample())),
        ("search-nothing", html(&SearchPage::sample_nothing())),
        ("vrfs", html(&VrfsPage::sample())),
        ("vrf-edit", html(&VrfsPage::sample_edit())),
        ("sites", html(&SitesPage::sample())),
        ("site-edit", html(&SitesPage::sample_edit())),
        ("vlans", html(&VlansPage::sample())),
        ("vlan-edit", html(&VlansPage::sample_edit())),
        ("tags", html(&TagsPage::sample())),
        ("tag-edit", html(&TagsPage::sample_edit())),
        ("audit", html(&AuditPage::sample())),
        ("audit-broken", html(&AuditPage::sample_broken())),
        ("import", html(&ImportPage::sample())),
        ("import-plan", html(&ImportPlanPage::sample())),
        ("import-stale", html(&ImportPlanPage::sample_stale())),
        ("keys", html(&KeysPage::sample())),
        ("key-fresh", html(&KeysPage::sample_fresh())),
        ("fence", html(&FencePage::sample())),
        ("fence-wrong", html(&FencePage::sample_wrong())),
        ("fence-answered", html(&FencePage::sample_answered())),
        ("fence-empty", html(&FencePage::sample_empty())),
        ("sign-ins", html(&SignInsPage::sample())),
        ("sign-ins-empty", html(&SignInsPage::sample_empty())),
        ("mail", html(&MailPage::sample())),
        ("mail-wrong", html(&MailPage::sample_wrong())),
        ("settings", html(&SettingsPage::sample())),
        ("settings-found", html(&SettingsPage::sample_found())),
        ("settings-wrong", html(&SettingsPage::sample_wrong())),
        ("delete", html(&DeletePage::sample())),
        ("delete-refused", html(&DeletePage::sample_refused())),
    ];
    pages.extend(["run", "done", "failed"].into_iter().zip(ImportState::samples().map(|state| html(&ImportRunPage::sample(state)))));
    let mut pages: Vec<(String, String)> = pages.into_iter().map(|(name, page)| (name.to_owned(), page)).collect();
    pages.extend(
        [400, 403, 404, 409, 412, 413, 421, 429, 500, 503].map(|status| (format!("error-{status}"), html(&ErrorPage::sample(status)))),
    );
    pages
}

/// What htmx asks for, by name.
fn parts() -> Vec<(String, String)> {
    let mut parts =
        vec![("subnet rows".to_owned(), html(&SubnetRows::sample())), ("address rows".to_owned(), html(&AddressRows::sample()))];
    parts.push(("counters".to_owned(), html(&CountsPart::sample())));
    parts.extend(
        ImportState::samples().map(|state| (format!("{state:?}"), html(&ImportProgress { at: "/demo".into(), lines: None, state }))),
    );
    parts
}

/// One start tag: its name, its attributes as written, and whether it closes itself.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute; attributes without a value have an empty one.
    fn value(&self, attribute: &str) -> Option<&'a str> {
        self.attributes().into_iter().find(|(name, _)| *name == attribute).map(|(_, value)| value)
    }

    fn attributes(&self) -> Vec<(&'a str, &'a str)> {
        let mut found = Vec::new();
        let mut rest = self.text[self.name.len()..].trim_start();
        while !rest.is_empty() && rest != "/" {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            rest = tail.trim_start();
            let mut value = "";
            if let Some(tail) = tail.strip_prefix('=') {
                let quote = tail.chars().next().unwrap();
                assert!(quote == '"' || quote == '\'', "an attribute without quotes: {}", self.text);
                let (inside, after) = tail[1..].split_once(quote).unwrap();
                value = inside;
                rest = after.trim_start();
            }
            found.push((name, value));
        }
        found
    }
}

/// Every tag of a text, end tags with their slash.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let mut quote = None;
        let inside = &rest[start + 1..];
        let end = inside
            .char_indices()
            .find(|(_, c)| {
                match quote {
                    Some(open) if open == *c => quote = None,
                    None if *c == '"' || *c == '\'' => quote = Some(*c),
                    None if *c == '>' => return true,
                    _ => {}
                }
                false
            })
            .unwrap_or_else(|| panic!("a tag that does not end: {}", &inside[..inside.len().min(80)]))
            .0;
        let text = &inside[..end];
        let name = text.split(|c: char| c.is_whitespace()).next().unwrap();
        found.push(Tag { name, text });
        rest = &inside[end + 1..];
    }
    found
}

/// What the content security policy or the rules of the screens refuse in this markup.
fn offences(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags(html).iter().filter(|tag| !tag.name.starts_with(['/', '!'])) {
        for (name, value) in tag.attributes() {
            let value = value.trim().to_lowercase();
            let evaluated = name.starts_with("on") || name.starts_with("hx-on") || name == "style" || name == "hx-vars" || name == "nonce";
            let filtered = (name == "hx-trigger" && value.contains('[')) || value.starts_with("js:") || value.starts_with("javascript:");
            let foreign =
                matches!(name, "src" | "href" | "action" | "hx-get" | "hx-post") && (value.contains("://") || value.starts_with("//"));
            if evaluated || filtered || foreign {
                found.push(format!("{name}=\"{value}\" in <{}>", tag.name));
            }
        }
        if tag.name == "style" || (tag.name == "script" && tag.value("src").is_none_or(str::is_empty)) {
            found.push(format!("<{}>", tag.text));
        }
    }
    found
}

#[test]
fn the_rules_find_what_they_look_for() {
    for bad in [
        r#"<p style="color:red">"#,
        r#"<a href="javascript:x()">"#,
        r#"<a href="//elsewhere.example/">"#,
        r"<b onclick='x'>",
        r#"<b hx-on:click="x">"#,
        r#"<b hx-trigger="click[ctrlKey]">"#,
        r"<b hx-vals='js:{}'>",
        "<script>x</script>",
        "<style>x</style>",
    ] {
        assert_eq!(offences(bad).len(), 1, "{bad}");
    }
    assert!(offences(r#"<script src="/assets/x.js"></script><a data-on="x" href="/x">"#).is_empty());
}

#[test]
fn nothing_is_inline() {
    for (name, html) in pages().into_iter().chain(parts()) {
        // The login page alone may load a provider's script, and its policy names the provider.
        let foreign = if name == "login-asking" { 2 } else { 0 };
        let found = offences(&html);
        assert!(found.len() == foreign && found.iter().all(|offence| offence.contains("https://challenges.example/")), "{name}: {found:?}");
    }
}

#[test]
fn no_template_names_what_the_policy_refuses() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for word in
                [" style=", "<style", "<script>", " onclick", " onsubmit", " onchange", " onload", "hx-on", "js:", "javascript:", "hx-vars"]
            {
                assert!(!text.contains(word), "{} holds {word}", path.display());
            }
            for name in text.split("asset::url(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert_ne!(crate::asset::url(name), "/assets/", "{} asks for {name}", path.display());
            }
        }
    }
    assert!(seen > 25, "only {seen} templates");
}

#[test]
fn every_page_has_its_frame() {
    for (name, html) in pages() {
        assert!(html.starts_with("<!doctype html>"), "{name} starts with {:?}", &html[..20]);
        let title =
            html.split_once("<title>").and_then(|(_, rest)| rest.split_once(" · Ringfence</title>")).unwrap_or_else(|| panic!("{name}")).0;
        assert!(!title.is_empty(), "{name} has no title");
        let tags = tags(&html);
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        assert_eq!([count("html"), count("head"), count("body"), count("main"), count("h1"), count("title")], [1; 6], "{name}");
        assert!(html.contains(r#""allowEval":false"#), "{name}");
    }
}

#[test]
fn every_post_form_carries_the_token() {
    for (name, html) in pages().into_iter().chain(parts()) {
        let mut posts = 0;
        for form in html.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains(r#"method="post""#) {
                posts += 1;
                assert_eq!(form.matches(r#"<input type="hidden" name="csrf" value="t0ken">"#).count(), 1, "{name}: {form}");
            }
        }
        assert_eq!(posts, html.matches(r#"method="post""#).count(), "{name} posts outside a form");
    }
}

#[test]
fn elements_are_balanced() {
    const VOID: [&str; 7] = ["meta", "link", "input", "br", "hr", "img", "!doctype"];
    for (name, html) in pages().into_iter().chain(parts()) {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&html) {
            if let Some(closed) = tag.name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{name}: </{closed}> inside {open:?}");
            } else if !VOID.contains(&tag.name) && !tag.text.ends_with('/') {
                open.push(tag.name);
            }
        }
        assert!(open.is_empty(), "{name} leaves {open:?} open");
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, html) in pages() {
        let tags = tags(&html);
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.value("id")).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{name} has an id twice: {ids:?}");
        for tag in &tags {
            for attribute in ["for", "aria-describedby", "aria-labelledby", "aria-controls"] {
                for id in tag.value(attribute).unwrap_or_default().split_whitespace() {
                    assert!(once.binary_search(&id).is_ok(), "{name}: {attribute} names {id}, which is not there");
                }
            }
            if let Some(id) = tag.value("href").and_then(|href| href.strip_prefix('#')) {
                assert!(once.binary_search(&id).is_ok(), "{name}: a link to #{id}, which is not there");
            }
        }
    }
}

#[test]
fn every_control_has_a_label() {
    for (name, html) in pages().into_iter().chain(parts()) {
        let tags = tags(&html);
        let mut inside_label = false;
        for tag in &tags {
            match tag.name {
                "label" => inside_label = true,
                "/label" => inside_label = false,
                "input" | "select" | "textarea" if tag.value("type") != Some("hidden") => {
                    let named = tag.value("aria-label").is_some()
                        || tag
                            .value("id")
                            .is_some_and(|id| tags.iter().any(|other| other.name == "label" && other.value("for") == Some(id)));
                    assert!(inside_label || named, "{name}: <{}>", tag.text);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn text_is_escaped() {
    let (_, html) = pages().into_iter().find(|(name, _)| name == "address").unwrap();
    assert!(!html.contains("<b>do not touch"));
    assert!(html.contains("do not touch"));
}

#[test]
fn an_error_stands_at_its_field() {
    let html = html(&SubnetFormPage::sample());
    let field = tags(&html).into_iter().find(|tag| tag.value("id") == Some("subnet-prefix")).unwrap();
    assert_eq!(field.value("aria-invalid"), Some("true"));
    assert_eq!(field.value("aria-describedby"), Some("subnet-prefix-error subnet-prefix-hint"));
    assert_eq!(field.value("value"), Some("10.4.0.7/24"), "what was typed is kept");
    assert!(html.contains("the subnet is 10.4.0.0/24."));
}

#[test]
fn the_message_and_the_theme_are_shown() {
    let mut home = HomePage::sample();
    assert!(html(&home).contains(r#"<html lang="en" data-theme="system" data-bs-theme="light">"#));
    home.page.theme = Theme::Dark;
    home.page.flash = Some(Flash { kind: FlashKind::Done, text: "10.4.0.18 is <yours>.".into() });
    let html = html(&home);
    assert!(html.contains(r#"<html lang="en" data-theme="dark" data-bs-theme="dark">"#));
    assert!(html.contains("10.4.0.18 is &#60;yours&#62;."));
    assert!(html.contains("alert-success"));
}

#[test]
fn a_viewer_is_offered_no_change() {
    let html = html(&SubnetPage::sample_empty());
    for word in ["/edit", "/delete", "Allocate", "href=\"/audit\"", "href=\"/import\""] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn an_icon_that_is_asked_for_is_in_the_sprite() {
    let sprite = crate::asset::url("icons.svg");
    let file = crate::asset::get(sprite.strip_prefix("/assets/").unwrap()).unwrap();
    let text = std::str::from_utf8(file.bytes).unwrap();
    for (name, html) in pages().into_iter().chain(parts()) {
        for icon in html.split(&format!("{sprite}#")).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(text.contains(&format!("<symbol id=\"{icon}\"")), "{name}: {icon}");
        }
    }
}
