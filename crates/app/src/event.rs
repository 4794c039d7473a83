//! Every audit event there is, in one sorted list. Names are in the past tense; details name people by id.

/// Declares the events and the list of them.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// All of them, sorted by name.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

events! {
    /// A known actor was refused; strangers are counted.
    ACCESS_DENIED = "access.denied",
    /// Free addresses were handed out.
    ADDRESS_ALLOCATED = "address.allocated",
    /// An address row was made.
    ADDRESS_CREATED = "address.created",
    /// An address row was removed.
    ADDRESS_DELETED = "address.deleted",
    /// An address row was changed.
    ADDRESS_UPDATED = "address.updated",
    /// An API key was made.
    APIKEY_CREATED = "apikey.created",
    /// An API key was revoked.
    APIKEY_REVOKED = "apikey.revoked",
    /// A browser was made known by a link that the owner got by mail.
    AUTH_BROWSER_KNOWN = "auth.browser_known",
    /// A link that makes a browser known was mailed to the owner.
    AUTH_BROWSER_LINK_SENT = "auth.browser_link_sent",
    /// A lock of an address or a name was opened by an admin.
    AUTH_LOCK_LIFTED = "auth.lock_lifted",
    /// Somebody logged in.
    AUTH_LOGIN = "auth.login",
    /// An attempt was refused because a budget is spent or a rule gives no answer; once a window.
    AUTH_LOGIN_BLOCKED = "auth.login_blocked",
    /// A password was wrong, or nobody is called that, or the account is inactive, or a rule says so.
    AUTH_LOGIN_FAILED = "auth.login_failed",
    /// Somebody logged out.
    AUTH_LOGOUT = "auth.logout",
    /// The present password, asked for again, was wrong.
    AUTH_PROOF_FAILED = "auth.proof_failed",
    /// An import was applied.
    IMPORT_APPLIED = "import.applied",
    /// An import was applied and refused or failed; nothing was changed.
    IMPORT_FAILED = "import.failed",
    /// A dry run was made.
    IMPORT_PLANNED = "import.planned",
    /// A letter was given up.
    MAIL_SEND_FAILED = "mail.send_failed",
    /// The mail settings were tried.
    MAIL_TESTED = "mail.tested",
    /// A list of forbidden passwords was imported.
    PASSWORD_LIST_IMPORTED = "password_list.imported",
    /// Sessions were ended from the list of sessions.
    SESSION_ENDED = "session.ended",
    /// A setting was changed or put back to its default.
    SETTING_UPDATED = "setting.updated",
    /// The first admin was made.
    SETUP_COMPLETED = "setup.completed",
    /// A one-time setup link was made.
    SETUP_LINK_CREATED = "setup.link_created",
    /// A site was made.
    SITE_CREATED = "site.created",
    /// A site was removed.
    SITE_DELETED = "site.deleted",
    /// A site was changed.
    SITE_UPDATED = "site.updated",
    /// Free subnets were carved out.
    SUBNET_ALLOCATED = "subnet.allocated",
    /// A subnet was made.
    SUBNET_CREATED = "subnet.created",
    /// A subnet was removed.
    SUBNET_DELETED = "subnet.deleted",
    /// A subnet was changed.
    SUBNET_UPDATED = "subnet.updated",
    /// A tag was made.
    TAG_CREATED = "tag.created",
    /// A tag was removed.
    TAG_DELETED = "tag.deleted",
    /// A tag was changed.
    TAG_UPDATED = "tag.updated",
    /// An account may log in again.
    USER_ACTIVATED = "user.activated",
    /// An account was made.
    USER_CREATED = "user.created",
    /// An account may not log in any more.
    USER_DEACTIVATED = "user.deactivated",
    /// An account was removed.
    USER_DELETED = "user.deleted",
    /// The address of an account is another one, from which its owner has answered.
    USER_EMAIL_CHANGED = "user.email_changed",
    /// A letter that asks for an answer went to the address that an account is to have.
    USER_EMAIL_REQUESTED = "user.email_requested",
    /// A one-time link to set a password was made by an admin.
    USER_LINK_CREATED = "user.link_created",
    /// A password was set by its owner, who knew the one before.
    USER_PASSWORD_CHANGED = "user.password_changed",
    /// A password was set by a one-time link.
    USER_PASSWORD_RESET = "user.password_reset",
    /// Somebody changed what their own account shows and how it is shown to them.
    USER_PROFILE_UPDATED = "user.profile_updated",
    /// A one-time link to set a password was mailed to whoever asked for it.
    USER_RESET_SENT = "user.reset_sent",
    /// The role of an account is another one.
    USER_ROLE_CHANGED = "user.role_changed",
    /// Every session of an account was ended by an admin.
    USER_SESSIONS_ENDED = "user.sessions_ended",
    /// An account's budgets, counts and blocks were opened by an admin.
    USER_UNLOCKED = "user.unlocked",
    /// What is set on an account was changed by an admin.
    USER_UPDATED = "user.updated",
    /// A VLAN was made.
    VLAN_CREATED = "vlan.created",
    /// A VLAN was removed.
    VLAN_DELETED = "vlan.deleted",
    /// A VLAN was changed.
    VLAN_UPDATED = "vlan.updated",
    /// A VRF was made.
    VRF_CREATED = "vrf.created",
    /// A VRF was removed.
    VRF_DELETED = "vrf.deleted",
    /// A VRF was changed.
    VRF_UPDATED = "vrf.updated",
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn the_list_is_sorted_and_in_the_past_tense_of_a_noun() {
        assert!(ALL.is_sorted());
        for name in ALL {
            let (noun, verb) = name.split_once('.').unwrap();
            assert!(!noun.is_empty() && !verb.is_empty(), "{name}");
        }
    }
}
