//! The architecture as it is drawn, held against the workspace: internal arrows, the one cryptography provider, SQL in one crate.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Every arrow between our crates. Adding one is a reviewed line.
const ARROWS: &[(&str, &str)] = &[
    ("api", "app"),
    ("api", "guard"),
    ("api", "plan"),
    ("app", "guard"),
    ("app", "plan"),
    ("app", "store"),
    ("cli", "api"),
    ("cli", "app"),
    ("cli", "guard"),
    ("cli", "jobs"),
    ("cli", "store"),
    ("cli", "web"),
    ("jobs", "app"),
    ("store", "guard"),
    ("store", "plan"),
    ("web", "app"),
    ("web", "guard"),
    ("web", "plan"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The packages built on this machine, from what the build has already fetched.
fn metadata() -> Metadata {
    let options = ["--offline", "--filter-platform", "host-tuple"].map(str::to_owned).to_vec();
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(options).exec().unwrap()
}

#[test]
fn the_arrows_are_the_ones_drawn() {
    let metadata = metadata();
    let crates: Vec<_> = metadata.workspace_packages().into_iter().filter(|p| p.manifest_path.as_str().contains("/crates/")).collect();
    let mut found = BTreeSet::new();
    for package in &crates {
        let from = package.name.strip_prefix("ringfence-").unwrap();
        for dependency in package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            if let Some(to) = dependency.name.strip_prefix("ringfence-") {
                found.insert((from.to_owned(), to.to_owned()));
            }
        }
    }
    let drawn: BTreeSet<_> = ARROWS.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(found, drawn);
    assert_eq!(crates.len(), 8);
}

#[test]
fn ring_is_the_one_provider_of_cryptography() {
    let names: BTreeSet<String> = metadata().packages.iter().map(|p| p.name.to_string()).collect();
    for other in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        let used = metadata()
            .resolve
            .unwrap()
            .nodes
            .iter()
            .any(|n| n.id.repr.contains(&format!("/{other}@")) || n.id.repr.contains(&format!("#{other}@")));
        assert!(!used, "{other} is in the dependency tree");
    }
    assert!(names.contains("ring"));
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn sql_stands_in_the_store_alone() {
    let verbs =
        ["SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "ALTER TABLE", "PRAGMA ", "BEGIN IMMEDIATE", "DROP TABLE", "TRUNCATE "];
    for krate in ["api", "app", "cli", "guard", "jobs", "plan", "web"] {
        let mut files = Vec::new();
        sources(&root().join("crates").join(krate).join("src"), &mut files);
        assert!(!files.is_empty());
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
                for verb in verbs {
                    let quoted = line.contains(&format!("\"{verb}")) || line.contains(&format!("r#\"{verb}"));
                    assert!(!quoted, "{}:{}: SQL outside the store: {line}", file.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn an_attempt_is_made_only_where_it_is_paid_for() {
    for krate in ["api", "app", "cli", "jobs", "store", "web"] {
        let mut files = Vec::new();
        sources(&root().join("crates").join(krate).join("src"), &mut files);
        for file in files {
            let makes = std::fs::read_to_string(&file).unwrap().contains("Attempt::reserved(");
            assert_eq!(makes, file.ends_with("store/src/repo/budget.rs"), "{}", file.display());
        }
    }
}

#[test]
fn no_path_and_method_stands_in_both_tables() {
    let mut seen = BTreeSet::new();
    let pages = ringfence_web::routes();
    let all =
        ringfence_api::ROUTES.iter().map(|r| (r.method.to_string(), r.path)).chain(pages.iter().map(|r| (r.method.to_string(), r.path)));
    for entry in all {
        assert!(seen.insert(entry.clone()), "{entry:?} stands twice");
    }
}

/// The texts of all sources and templates that run, without tests.
fn spoken(dir: &Path, out: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["tests", "node_modules", "dist", "target"].contains(&name.as_str()) {
                spoken(&path, out);
            }
        } else if name != "tests.rs" && path.extension().is_some_and(|extension| extension == "rs" || extension == "html") {
            out.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_message_is_said_and_everything_that_is_said_is_a_message() {
    let mut text = String::new();
    spoken(&root().join("crates"), &mut text);
    let keys = ringfence_guard::message::keys();
    let known = |key: &str| keys.iter().any(|one| one == key);
    let mut said = 0;
    for opening in ["Message::new(\"", "page.t(\"", "language.say(\""] {
        for named in text.split(opening).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(known(named), "{opening}{named}: no language says it");
            said += 1;
        }
    }
    assert!(said > 200, "{said}");
    for key in keys {
        assert!(text.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
}
