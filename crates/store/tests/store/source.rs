//! What can be said about the sources themselves: where SQL stands, and who may write a receipt for an attempt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("node_modules") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source of every crate, by its path below `crates/`, without what stands below `#[cfg(test)]`.
fn all() -> BTreeMap<String, String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(crates()).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut found);
    }
    let relative = |path: &Path| path.strip_prefix(crates()).unwrap().display().to_string();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
    };
    found.iter().map(|path| (relative(path), read(path))).collect()
}

/// The string literals that begin like a statement.
fn statements(text: &str) -> Vec<String> {
    const BEGINNINGS: [&str; 22] = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE ",
        "CREATE ",
        "DROP ",
        "ALTER ",
        "PRAGMA ",
        "TRUNCATE ",
        "LOCK TABLE",
        "SAVEPOINT",
        "ROLLBACK",
        "BEGIN",
        "COMMIT",
        "START TRANSACTION",
        "RELEASE ",
        "SET SESSION",
        "SET NAMES",
        "SET default",
        "EXPLAIN ",
        "VACUUM",
        "GRANT ",
    ];
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.split('"').skip(1).filter(|piece| BEGINNINGS.iter().any(|b| piece.starts_with(b))).map(str::to_owned).collect()
}

#[test]
fn the_scan_sees_a_statement() {
    assert_eq!(statements("let a = \"SELECT 1\"; // \"SELECT 2\"\n// \"SELECT 3\"").len(), 2);
    assert!(statements("/// \"SELECT 3\"\nlet a = \"selected\";").is_empty());
}

#[test]
fn sql_stands_in_the_store_alone() {
    let strays: Vec<String> = all()
        .iter()
        .filter(|(path, _)| !path.starts_with("store/"))
        .flat_map(|(path, text)| statements(text).into_iter().map(move |s| format!("{path}: {s}")))
        .collect();
    assert!(strays.is_empty(), "{strays:#?}");
}

/// Everything else in the store goes through sea-query. A new line here is a reviewed line.
#[test]
fn raw_fragments_of_the_store_are_these() {
    let held: Vec<(String, usize)> = all()
        .iter()
        .filter(|(path, _)| path.starts_with("store/"))
        .map(|(path, text)| (path.trim_start_matches("store/src/").to_owned(), statements(text).len()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let held: Vec<(&str, usize)> = held.iter().map(|(path, count)| (path.as_str(), *count)).collect();
    assert_eq!(
        held,
        [
            ("check.rs", 2),
            ("dialect.rs", 10),
            ("driver/mysql.rs", 5),
            ("driver/postgres.rs", 1),
            ("driver/sqlite.rs", 3),
            ("lib.rs", 5),
            ("migrate/ddl.rs", 9),
            ("migrate/m0001_foundation.rs", 14),
            ("migrate/mod.rs", 14),
            ("unit/pool.rs", 5),
            ("unit/writer.rs", 6),
        ]
    );
}

#[test]
fn raw_expressions_of_the_store_are_these() {
    let held: Vec<(String, usize)> = all()
        .iter()
        .filter(|(path, _)| path.starts_with("store/"))
        .map(|(path, text)| (path.trim_start_matches("store/src/").to_owned(), text.matches("Expr::cust").count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(held, [("dialect.rs".to_owned(), 1), ("repo/account/password.rs".to_owned(), 1)]);
}

#[test]
fn only_the_budget_writes_receipts_for_attempts() {
    let callers: Vec<String> = all()
        .into_iter()
        .filter(|(path, text)| !path.starts_with("guard/") && text.contains("Attempt::reserved"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(callers, ["store/src/repo/budget.rs"]);
}
