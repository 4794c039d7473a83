//! What stands around every page: title, navigation, search box, user menu, theme, and the message of the last act.

use guard::message::{LANGUAGES, Language, Message};
use ringfence_guard as guard;

/// The colours a person chose, kept in the cookie [`Theme::COOKIE`] by the page itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
    /// What the device asks for; light without script.
    #[default]
    System,
}

impl Theme {
    /// The cookie's name.
    pub const COOKIE: &'static str = "ringfence-theme";
    /// Every theme, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    /// The theme that a cookie or a form names; anything else is the device's own.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == text).unwrap_or_default()
    }

    /// The name in cookie, form and markup.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }

    /// The message that names it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
            Self::System => "theme-system",
        }
    }

    /// The icon of the menu entry.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Light => "sun",
            Self::Dark => "moon",
            Self::System => "device-desktop",
        }
    }

    /// What Tabler is told before any script runs: "dark" or "light".
    #[must_use]
    pub fn painted(self) -> &'static str {
        if self == Self::Dark { "dark" } else { "light" }
    }
}

/// The navigation's entries; the page marks the one it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nav {
    /// `/`
    Home,
    /// `/subnets`, and every page of a subnet or an address.
    Subnets,
    /// `/vlans`
    Vlans,
    /// `/vrfs`
    Vrfs,
    /// `/sites`
    Sites,
    /// `/tags`
    Tags,
    /// `/import`
    Import,
    /// `/audit`
    Audit,
    /// `/security/fence`, and the pages beside it: sign-in activity, mail.
    Security,
    /// `/users`, and every page of a user.
    Users,
    /// `/account`, and the pages beside it.
    Account,
    /// `/api-keys`
    Keys,
    /// `/settings`
    Settings,
    /// A page that stands outside: search, errors, sign-in.
    #[default]
    Nowhere,
}

/// One line of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavItem {
    /// Which entry it is.
    pub nav: Nav,
    /// Where it leads.
    pub href: &'static str,
    /// The message that names it.
    pub label: &'static str,
    /// Name of the icon in the sprite.
    pub icon: &'static str,
    /// Shown only to those who may write.
    pub writers: bool,
    /// Shown only to those who may see the audit trail.
    pub admins: bool,
    /// Shown only to those who may change settings.
    pub keepers: bool,
}

/// The navigation, in order.
pub const NAVIGATION: [NavItem; 12] = [
    item(Nav::Home, "/", "nav-home", "home"),
    item(Nav::Subnets, "/subnets", "nav-subnets", "sitemap"),
    item(Nav::Vlans, "/vlans", "nav-vlans", "network"),
    item(Nav::Vrfs, "/vrfs", "nav-vrfs", "route"),
    item(Nav::Sites, "/sites", "nav-sites", "building"),
    item(Nav::Tags, "/tags", "nav-tags", "tags"),
    NavItem { writers: true, ..item(Nav::Import, "/import", "nav-import", "file-import") },
    NavItem { admins: true, ..item(Nav::Audit, "/audit", "nav-audit", "history") },
    NavItem { keepers: true, ..item(Nav::Security, "/security/fence", "nav-security", "shield") },
    NavItem { keepers: true, ..item(Nav::Users, "/users", "nav-users", "users") },
    item(Nav::Keys, "/api-keys", "nav-keys", "key"),
    NavItem { keepers: true, ..item(Nav::Settings, "/settings", "nav-settings", "settings") },
];

const fn item(nav: Nav, href: &'static str, label: &'static str, icon: &'static str) -> NavItem {
    NavItem { nav, href, label, icon, writers: false, admins: false, keepers: false }
}

/// One of several pages that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// Who is logged in, as far as pages care: they hide what a person cannot do. The server refuses it anyway.
#[derive(Debug, Clone)]
pub struct UserBadge {
    /// Display name.
    pub name: String,
    /// viewer, operator or admin.
    pub role: String,
    /// May change the address plan.
    pub can_write: bool,
    /// May see the audit trail.
    pub is_admin: bool,
    /// May see and change settings.
    pub keeps_settings: bool,
}

/// How a message is meant; the icon and a word say it, the colour repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    /// It worked.
    Done,
    /// Good to know.
    Note,
    /// It worked, but.
    Warning,
    /// It did not work.
    Failed,
}

impl FlashKind {
    /// Tabler's class of the alert.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "alert-success",
            Self::Note => "alert-info",
            Self::Warning => "alert-warning",
            Self::Failed => "alert-danger",
        }
    }

    /// The icon's name.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Done => "circle-check",
            Self::Note => "info-circle",
            Self::Warning => "alert-triangle",
            Self::Failed => "alert-circle",
        }
    }

    /// The message that a screen reader says first.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "word-done",
            Self::Note => "word-note",
            Self::Warning => "word-warning",
            Self::Failed => "word-failed",
        }
    }
}

/// The message that the act before this page left behind.
#[derive(Debug, Clone)]
pub struct Flash {
    /// How it is meant.
    pub kind: FlashKind,
    /// One sentence.
    pub text: String,
}

/// What every page needs.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The page's own title, without the product's name.
    pub title: String,
    /// Nobody on the pages before the login.
    pub user: Option<UserBadge>,
    /// The session's CSRF token; every POST form carries it as `csrf`.
    pub csrf: String,
    /// The colours.
    pub theme: Theme,
    /// The entry of the navigation that is marked.
    pub active: Nav,
    /// Message of the act before.
    pub flash: Option<Flash>,
    /// What stands in the search box.
    pub search: String,
    /// The language of what stands around the page, and of pages that have one.
    pub language: Language,
    /// The page itself is written in that language; else it is English.
    pub is_translated: bool,
    /// After how many seconds without a request the session ends; nothing before the login.
    pub idle: Option<u64>,
    /// Something that the person should do, on every page until it is done: a sentence, and where.
    pub banner: Option<(&'static str, &'static str)>,
    /// How the settings want the page to look.
    pub look: super::Look,
}

impl Frame {
    /// The text of a message without arguments.
    #[must_use]
    pub fn t(&self, key: &'static str) -> &'static str {
        self.language.say(key)
    }

    /// The text of a message.
    #[must_use]
    pub fn say(&self, message: &Message) -> String {
        message.text(self.language)
    }

    /// What is said before an idle session ends; a script puts the seconds in the place of `#`.
    #[must_use]
    pub fn idle_text(&self) -> String {
        self.say(&Message::new("idle-says").with("seconds", "#".to_owned()))
    }

    /// The languages there are.
    #[must_use]
    pub const fn languages(&self) -> &'static [Language] {
        LANGUAGES
    }

    /// The pages about one's own account; `at` is the one that is shown.
    #[must_use]
    pub fn account_tabs(&self, at: &str) -> Vec<Tab> {
        let tab = |href, key| Tab { href, label: self.t(key), current: href == at };
        vec![tab("/account", "account-profile"), tab("/account/password", "account-password"), tab("/account/sessions", "account-sessions")]
    }

    /// Whether to offer changes of the plan.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.can_write)
    }

    /// Whether to offer what only admins do.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.is_admin)
    }

    /// Whether to offer what changes settings.
    #[must_use]
    pub fn keeps_settings(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.keeps_settings)
    }

    /// The navigation as this person sees it.
    #[must_use]
    pub fn navigation(&self) -> Vec<NavItem> {
        let shown = |item: &NavItem| {
            (!item.writers || self.can_write()) && (!item.admins || self.is_admin()) && (!item.keepers || self.keeps_settings())
        };
        NAVIGATION.into_iter().filter(shown).collect()
    }

    /// The pages about security as this person sees them; `at` is the one that is shown.
    #[must_use]
    pub fn security_tabs(&self, at: &str) -> Vec<Tab> {
        let tab = |href, label| Tab { href, label, current: href == at };
        let mut tabs = vec![tab("/security/fence", "Fence"), tab("/security/sign-ins", "Sign-in activity"), tab("/settings/mail", "Mail")];
        tabs.retain(|tab| if tab.href == "/security/sign-ins" { self.is_admin() } else { self.keeps_settings() });
        tabs
    }
}

#[cfg(test)]
impl Frame {
    /// A page that an admin sees; its title and navigation entry.
    pub(crate) fn sample(title: &str, active: Nav) -> Self {
        let user = UserBadge { name: "Ada Lindqvist".into(), role: "admin".into(), can_write: true, is_admin: true, keeps_settings: true };
        Self { title: title.into(), user: Some(user), csrf: "t0ken".into(), active, idle: Some(1800), ..Self::default() }
    }

    /// One that is written in French.
    pub(crate) fn sample_own(title: &str, active: Nav) -> Self {
        let language = Language::parse("fr").unwrap_or_default();
        let banner = Some(("banner-given", "/account/password"));
        Self { language, is_translated: true, banner, ..Self::sample(title, active) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Nav, Theme, UserBadge};

    #[test]
    fn a_theme_survives_its_cookie_and_nonsense_is_the_device_s() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.name()), theme);
        }
        assert_eq!(Theme::parse("\"><script>"), Theme::System);
    }

    #[test]
    fn the_navigation_offers_what_a_role_may_do() {
        let seen = |can_write, is_admin, keeps_settings| {
            let user = UserBadge { name: "a".into(), role: "r".into(), can_write, is_admin, keeps_settings };
            Frame { user: Some(user), ..Frame::default() }.navigation().iter().map(|item| item.nav).collect::<Vec<_>>()
        };
        assert!(!seen(false, false, false).contains(&Nav::Import));
        assert!(seen(true, false, false).contains(&Nav::Import));
        assert!(!seen(true, false, false).contains(&Nav::Audit));
        assert!(seen(true, true, false).contains(&Nav::Audit));
        for nav in [Nav::Security, Nav::Settings] {
            assert!(!seen(true, true, false).contains(&nav));
            assert!(seen(true, true, true).contains(&nav));
        }
    }

    #[test]
    fn who_sees_the_trail_sees_the_sign_ins_and_settings_are_for_admins() {
        let tabs = |keeps_settings| {
            let user = UserBadge { name: "a".into(), role: "r".into(), can_write: true, is_admin: true, keeps_settings };
            let tabs = Frame { user: Some(user), ..Frame::default() }.security_tabs("/security/sign-ins");
            tabs.into_iter().map(|tab| (tab.label, tab.current)).collect::<Vec<_>>()
        };
        assert_eq!(tabs(false), [("Sign-in activity", true)]);
        assert_eq!(tabs(true), [("Fence", false), ("Sign-in activity", true), ("Mail", false)]);
    }
}
