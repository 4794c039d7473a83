//! The first schema: address plan, accounts and sessions, login budgets, audit.

use super::ddl::{Step, Table, append_only, render};
use crate::driver::Engine;

const TABLES: &[Table] = &[
    Table { name: "meta", columns: "name {word} NOT NULL PRIMARY KEY, value {int} NOT NULL", indexes: &[] },
    Table {
        name: "vrf",
        columns: "id {id}, version {int} NOT NULL, name {name} NOT NULL, name_key {name} NOT NULL, rd {word} NOT NULL, description {text} NOT NULL,
  import_targets {text} NOT NULL, export_targets {text} NOT NULL, created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT vrf_name UNIQUE (name)",
        indexes: &[],
    },
    Table {
        name: "site",
        columns: "id {id}, version {int} NOT NULL, name {name} NOT NULL, name_key {name} NOT NULL, parent_id {int}, description {text} NOT NULL,
  created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT site_name UNIQUE (name), CONSTRAINT site_parent FOREIGN KEY (parent_id) REFERENCES site (id)",
        indexes: &[("site_by_parent", "parent_id")],
    },
    Table {
        name: "vlan",
        columns: "id {id}, version {int} NOT NULL, vid {int} NOT NULL, name {name} NOT NULL, name_key {name} NOT NULL, site_id {int} NOT NULL,
  description {text} NOT NULL,
  created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT vlan_vid_site UNIQUE (vid, site_id), CONSTRAINT vlan_site FOREIGN KEY (site_id) REFERENCES site (id)",
        indexes: &[("vlan_by_site", "site_id")],
    },
    Table {
        name: "tag",
        columns: "id {id}, version {int} NOT NULL, name {name} NOT NULL, name_key {name} NOT NULL, colour {word} NOT NULL,
  created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT tag_name UNIQUE (name)",
        indexes: &[],
    },
    Table {
        name: "subnet",
        columns: "id {id}, version {int} NOT NULL, vrf_id {int} NOT NULL, family {int} NOT NULL, first {b16} NOT NULL, last {b16} NOT NULL,
  length {int} NOT NULL, name {name} NOT NULL, description {text} NOT NULL, notes {text} NOT NULL, status {word} NOT NULL,
  site_id {int}, vlan_id {int}, gateway {b16}, name_key {name} NOT NULL, search {text} NOT NULL,
  parent_id {int}, depth {int} NOT NULL, children {int} NOT NULL, covered {word} NOT NULL, used {int} NOT NULL, reserved {int} NOT NULL,
  free_from {b16} NOT NULL, site_from {int}, site_effective {int}, created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT subnet_prefix UNIQUE (vrf_id, family, first, length),
  CONSTRAINT subnet_vrf FOREIGN KEY (vrf_id) REFERENCES vrf (id), CONSTRAINT subnet_site FOREIGN KEY (site_id) REFERENCES site (id),
  CONSTRAINT subnet_vlan FOREIGN KEY (vlan_id) REFERENCES vlan (id)",
        indexes: &[
            ("subnet_by_parent", "parent_id, vrf_id, family, first, length"),
            ("subnet_by_site", "site_effective"),
            ("subnet_by_own_site", "site_id"),
            ("subnet_by_site_from", "site_from"),
            ("subnet_by_vlan", "vlan_id"),
            ("subnet_by_name", "name_key"),
        ],
    },
    Table {
        name: "address",
        columns: "id {id}, version {int} NOT NULL, vrf_id {int} NOT NULL, subnet_id {int} NOT NULL, family {int} NOT NULL, address {b16} NOT NULL,
  status {word} NOT NULL, hostname {name} NOT NULL, owner {name} NOT NULL, mac {word} NOT NULL, description {text} NOT NULL, notes {text} NOT NULL,
  expires_on {word}, name_key {name} NOT NULL, search {text} NOT NULL, created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT address_address UNIQUE (vrf_id, family, address),
  CONSTRAINT address_subnet FOREIGN KEY (subnet_id) REFERENCES subnet (id)",
        indexes: &[("address_by_subnet", "subnet_id, address"), ("address_by_name", "name_key")],
    },
    Table {
        name: "subnet_tag",
        columns: "subnet_id {int} NOT NULL, tag_id {int} NOT NULL, PRIMARY KEY (subnet_id, tag_id),
  CONSTRAINT subnet_tag_tag FOREIGN KEY (tag_id) REFERENCES tag (id), CONSTRAINT subnet_tag_subnet FOREIGN KEY (subnet_id) REFERENCES subnet (id)",
        indexes: &[("subnet_tag_by_tag", "tag_id")],
    },
    Table {
        name: "address_tag",
        columns: "address_id {int} NOT NULL, tag_id {int} NOT NULL, PRIMARY KEY (address_id, tag_id),
  CONSTRAINT address_tag_tag FOREIGN KEY (tag_id) REFERENCES tag (id), CONSTRAINT address_tag_address FOREIGN KEY (address_id) REFERENCES address (id)",
        indexes: &[("address_tag_by_tag", "tag_id")],
    },
    Table {
        name: "vlan_tag",
        columns: "vlan_id {int} NOT NULL, tag_id {int} NOT NULL, PRIMARY KEY (vlan_id, tag_id),
  CONSTRAINT vlan_tag_tag FOREIGN KEY (tag_id) REFERENCES tag (id), CONSTRAINT vlan_tag_vlan FOREIGN KEY (vlan_id) REFERENCES vlan (id)",
        indexes: &[("vlan_tag_by_tag", "tag_id")],
    },
    Table {
        name: "user_account",
        columns: "id {id}, version {int} NOT NULL, username {name} NOT NULL, canonical {name} NOT NULL, display_name {name} NOT NULL, email {name} NOT NULL,
  email_key {name}, email_verified {bool} NOT NULL, pending_email {name} NOT NULL, role {word} NOT NULL, active {bool} NOT NULL,
  password_hash {text}, password_used {text}, password_changed_at {int}, password_given {bool} NOT NULL, expiry {word} NOT NULL, session_epoch {int} NOT NULL,
  timezone {word} NOT NULL, language {word} NOT NULL, theme {word} NOT NULL, last_login_at {int}, created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT user_canonical UNIQUE (canonical), CONSTRAINT user_email UNIQUE (email_key)",
        indexes: &[("user_by_role", "role")],
    },
    Table {
        name: "password_history",
        columns: "id {id}, user_id {int} NOT NULL, password_hash {text} NOT NULL, replaced_at {int} NOT NULL,
  CONSTRAINT password_history_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("password_history_by_user", "user_id, id")],
    },
    Table {
        name: "session",
        columns: "id {id}, token_hash {b32} NOT NULL, user_id {int} NOT NULL, epoch {int} NOT NULL, mode {word} NOT NULL, client {word} NOT NULL, agent {name} NOT NULL,
  created_at {int} NOT NULL, last_seen_at {int} NOT NULL, ends_at {int} NOT NULL,
  CONSTRAINT session_token UNIQUE (token_hash), CONSTRAINT session_owner FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("session_by_user", "user_id"), ("session_by_end", "ends_at"), ("session_by_seen", "last_seen_at")],
    },
    Table {
        name: "known_device",
        columns: "id {id}, token_hash {b32} NOT NULL, user_id {int} NOT NULL, created_at {int} NOT NULL, last_used_at {int} NOT NULL,
  CONSTRAINT known_device_token UNIQUE (token_hash), CONSTRAINT known_device_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("known_device_by_user", "user_id, last_used_at")],
    },
    Table {
        name: "budget",
        columns: "name {name} NOT NULL PRIMARY KEY, failures {int} NOT NULL, window_start {int} NOT NULL, locked_until {int}, streak {int} NOT NULL,
  told_until {int}, updated_at {int} NOT NULL",
        indexes: &[("budget_by_update", "updated_at")],
    },
    Table {
        name: "login_audit",
        columns: "name {name} NOT NULL PRIMARY KEY, user_id {int}, label {name} NOT NULL, failures {int} NOT NULL, first_failure_at {int}, last_failure_at {int},
  strikes {int} NOT NULL, last_success_at {int}, last_client {word} NOT NULL, last_mode {word} NOT NULL, last_rules {text} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT login_audit_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("login_audit_by_update", "updated_at"), ("login_audit_by_user", "user_id")],
    },
    Table {
        name: "login_failure",
        columns: "bucket {name} NOT NULL, name {name} NOT NULL, at {int} NOT NULL, PRIMARY KEY (bucket, name)",
        indexes: &[("login_failure_by_time", "at")],
    },
    Table {
        name: "login_place",
        columns: "user_id {int} NOT NULL, place {word} NOT NULL, last_used_at {int} NOT NULL, PRIMARY KEY (user_id, place),
  CONSTRAINT login_place_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("login_place_by_use", "last_used_at")],
    },
    Table {
        name: "fence_block",
        columns: "subject {name} NOT NULL, kind {word} NOT NULL, until_at {int} NOT NULL, since_at {int} NOT NULL, strict {bool} NOT NULL, modes {word} NOT NULL,
  rule {int} NOT NULL, user_id {int}, label {name} NOT NULL, PRIMARY KEY (subject, kind, rule),
  CONSTRAINT fence_block_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("fence_block_by_end", "until_at"), ("fence_block_by_user", "user_id")],
    },
    Table {
        name: "spent_challenge",
        columns: "nonce {b32} NOT NULL PRIMARY KEY, spent {bool} NOT NULL, expires_at {int} NOT NULL",
        indexes: &[("spent_challenge_by_end", "expires_at")],
    },
    Table {
        name: "notice",
        columns: "id {id}, user_id {int} NOT NULL, kind {word} NOT NULL, details {text} NOT NULL, at {int} NOT NULL, seen_at {int},
  CONSTRAINT notice_user FOREIGN KEY (user_id) REFERENCES user_account (id)",
        indexes: &[("notice_by_user", "user_id, seen_at")],
    },
    Table {
        name: "mail",
        columns: "id {id}, recipient {name} NOT NULL, subject {name} NOT NULL, body {text} NOT NULL, created_at {int} NOT NULL, due_at {int} NOT NULL,
  attempts {int} NOT NULL, state {word} NOT NULL, last_error {text} NOT NULL",
        indexes: &[("mail_by_due", "state, due_at")],
    },
    Table {
        name: "one_time_link",
        columns: "id {id}, token_hash {b32} NOT NULL, purpose {word} NOT NULL, user_id {int}, created_at {int} NOT NULL, expires_at {int} NOT NULL, used_at {int},
  CONSTRAINT one_time_link_token UNIQUE (token_hash)",
        indexes: &[("one_time_link_by_end", "expires_at")],
    },
    Table {
        name: "api_key",
        columns: "id {id}, version {int} NOT NULL, hash {b32} NOT NULL, display {word} NOT NULL, name {name} NOT NULL, name_key {name} NOT NULL, owner_id {int} NOT NULL,
  scope {word} NOT NULL, networks {text} NOT NULL, active {bool} NOT NULL, expires_at {int}, last_used_at {int},
  created_at {int} NOT NULL, updated_at {int} NOT NULL,
  CONSTRAINT api_key_hash UNIQUE (hash), CONSTRAINT api_key_owner FOREIGN KEY (owner_id) REFERENCES user_account (id)",
        indexes: &[("api_key_by_owner", "owner_id")],
    },
    Table {
        name: "idempotency_key",
        columns: "id {id}, owner {word} NOT NULL, key_hash {b32} NOT NULL, fingerprint {b32} NOT NULL, command {word} NOT NULL, output {text} NOT NULL,
  created_at {int} NOT NULL, expires_at {int} NOT NULL, CONSTRAINT idempotency_key_owner UNIQUE (owner, key_hash)",
        indexes: &[("idempotency_key_by_end", "expires_at")],
    },
    Table {
        name: "setting",
        columns: "id {id}, name {name} NOT NULL, value {text} NOT NULL, updated_at {int} NOT NULL, CONSTRAINT setting_name UNIQUE (name)",
        indexes: &[],
    },
    Table {
        name: "import_plan",
        columns: "id {id}, kind {word} NOT NULL, source {name} NOT NULL, owner {word} NOT NULL, state {word} NOT NULL, done {int} NOT NULL, total {int} NOT NULL,
  totals {text} NOT NULL, plan {blob} NOT NULL, failure {text} NOT NULL, event_id {int}, created_at {int} NOT NULL, expires_at {int} NOT NULL",
        indexes: &[("import_plan_by_end", "expires_at")],
    },
    Table {
        name: "audit_event",
        columns: "id {id}, at {int} NOT NULL, name {word} NOT NULL, actor_kind {word} NOT NULL, actor_id {int}, door {word} NOT NULL, client {word} NOT NULL,
  request_id {word} NOT NULL, object_kind {word} NOT NULL, object_id {int}, object_label {name} NOT NULL, object_key {name} NOT NULL, details {text} NOT NULL,
  changes {b32}",
        indexes: &[("audit_event_by_object", "object_kind, object_id, id")],
    },
    Table {
        name: "audit_seal",
        columns: "id {id}, first_id {int} NOT NULL, last_id {int} NOT NULL, events {int} NOT NULL, digests {blob} NOT NULL, previous {b32} NOT NULL,
  hash {b32} NOT NULL, key_version {int} NOT NULL, created_at {int} NOT NULL",
        indexes: &[],
    },
    Table {
        name: "object_change",
        columns: "id {id}, event_id {int} NOT NULL, at {int} NOT NULL, kind {word} NOT NULL, object_id {int} NOT NULL, action {word} NOT NULL,
  before_state {text}, after_state {text},
  CONSTRAINT object_change_event FOREIGN KEY (event_id) REFERENCES audit_event (id)",
        indexes: &[("object_change_by_object", "kind, object_id, event_id, id"), ("object_change_by_event", "event_id, id")],
    },
    Table {
        name: "job",
        columns: "id {id}, kind {word} NOT NULL, payload {text} NOT NULL, run_at {int} NOT NULL, lease_until {int} NOT NULL, attempts {int} NOT NULL,
  last_error {text} NOT NULL, created_at {int} NOT NULL, CONSTRAINT job_kind UNIQUE (kind)",
        indexes: &[("job_by_time", "run_at")],
    },
];

/// Append-only tables.
const LOGS: [&str; 3] = ["audit_event", "audit_seal", "object_change"];

/// What must exist before anyone writes: the version of the settings, the row that writers of the log share, the global routing table and the row that stands for "no site" in a VLAN's key.
const SEEDS: [&str; 4] = [
    "INSERT INTO meta (name, value) SELECT 'settings_version', 1{dual} WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'settings_version')",
    "INSERT INTO meta (name, value) SELECT 'audit_log', 0{dual} WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'audit_log')",
    "INSERT INTO vrf (version, name, name_key, rd, description, import_targets, export_targets, created_at, updated_at)
  SELECT 1, 'Global', 'global', '', 'The global routing table', '[]', '[]', 0, 0{dual} WHERE NOT EXISTS (SELECT 1 FROM vrf)",
    "INSERT INTO site (version, name, name_key, parent_id, description, created_at, updated_at)
  SELECT 1, '', '', NULL, 'Stands for no site in keys that need one', 0, 0{dual} WHERE NOT EXISTS (SELECT 1 FROM site)",
];

pub(super) fn steps(engine: Engine) -> Vec<Step> {
    let mut steps: Vec<Step> = TABLES.iter().flat_map(|table| table.steps(engine)).collect();
    if engine == Engine::Postgres {
        steps.push(Step::Must(
            "CREATE OR REPLACE FUNCTION ringfence_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
                .into(),
        ));
    }
    steps.extend(LOGS.iter().flat_map(|table| append_only(table, engine)));
    steps.extend(search(engine));
    let dual = if engine == Engine::Mysql { " FROM DUAL" } else { "" };
    steps.extend(SEEDS.iter().map(|seed| Step::Must(render(&seed.replace("{dual}", dual), engine))));
    steps
}

/// The substring indexes over the folded `search` columns.
fn search(engine: Engine) -> Vec<Step> {
    match engine {
        Engine::Sqlite => ["subnet", "address"].into_iter().flat_map(full_text).map(Step::Must).collect(),
        Engine::Postgres => vec![
            Step::Try("CREATE EXTENSION IF NOT EXISTS pg_trgm".into()),
            Step::Try("CREATE INDEX IF NOT EXISTS subnet_search ON subnet USING gin (search gin_trgm_ops)".into()),
            Step::Try("CREATE INDEX IF NOT EXISTS address_search ON address USING gin (search gin_trgm_ops)".into()),
        ],
        Engine::Mysql => Vec::new(),
    }
}

/// A contentless trigram index over the `search` column. Triggers only note which rows are due: the writer brings the index up to date once for
/// all units of a commit ([`crate::dialect::SETTLE_SEARCH`]), because the index writes itself out at every statement. `known` says that the index
/// holds the row's former text.
fn full_text(table: &'static str) -> [String; 5] {
    let due = format!("INSERT OR IGNORE INTO {table}_search_due (id, known)");
    [
        format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS {table}_search USING fts5(search, content='', contentless_delete=1, tokenize='trigram')"
        ),
        format!("CREATE TABLE IF NOT EXISTS {table}_search_due (id INTEGER PRIMARY KEY, known INTEGER NOT NULL) STRICT"),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {table}_search_insert AFTER INSERT ON {table} WHEN NEW.search <> '' BEGIN
  {due} VALUES (NEW.id, 0); END"
        ),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {table}_search_update AFTER UPDATE OF search ON {table} WHEN NEW.search <> OLD.search BEGIN
  {due} VALUES (OLD.id, OLD.search <> ''); END"
        ),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {table}_search_delete AFTER DELETE ON {table} WHEN OLD.search <> '' BEGIN
  {due} VALUES (OLD.id, 1); END"
        ),
    ]
}
