//! What differs in SQL between the engines, beyond what sea-query renders by itself.
//!
//! Every raw fragment of this crate is made here, in `migrate/` or in `driver/`; `tests/store/source.rs` holds the list.

use std::borrow::Cow;
use std::sync::OnceLock;

use sea_query::{
    DeleteStatement, Expr, ExprTrait, InsertStatement, LikeExpr, MysqlQueryBuilder, PostgresQueryBuilder, SelectStatement, SimpleExpr,
    SqliteQueryBuilder, UpdateStatement, Value,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::driver::Engine;

/// A statement that sea-query can render for each engine.
pub enum Statement {
    Select(SelectStatement),
    Insert(InsertStatement),
    Update(UpdateStatement),
    Delete(DeleteStatement),
}

macro_rules! statement_from {
    ($($kind:ident $type:ty),*) => {$(
        impl From<&mut $type> for Statement {
            fn from(statement: &mut $type) -> Self {
                Self::$kind(statement.take())
            }
        }
    )*};
}
statement_from!(Select SelectStatement, Update UpdateStatement, Delete DeleteStatement);

impl From<&mut InsertStatement> for Statement {
    fn from(statement: &mut InsertStatement) -> Self {
        Self::Insert(statement.take())
    }
}

impl Statement {
    /// The text for `engine` and the values in order.
    pub(crate) fn render(&self, engine: Engine) -> (String, Vec<Value>) {
        macro_rules! with {
            ($builder:expr) => {
                match self {
                    Self::Select(s) => s.build($builder),
                    Self::Insert(s) => s.build($builder),
                    Self::Update(s) => s.build($builder),
                    Self::Delete(s) => s.build($builder),
                }
            };
        }
        let (sql, values) = match engine {
            Engine::Sqlite => with!(SqliteQueryBuilder),
            Engine::Postgres => with!(PostgresQueryBuilder),
            Engine::Mysql => with!(MysqlQueryBuilder),
        };
        (sql, values.0)
    }
}

/// A statement of a fixed shape, rendered once per engine and then reused: the hot paths bind values to its text without building it again.
///
/// sea-query binds constants too (a name in a join, a limit); they are kept with the text, so that callers pass what stands for [`arg`] alone.
pub struct Fixed {
    rendered: [OnceLock<(String, Vec<Value>)>; 3],
    build: fn() -> Statement,
}

impl Fixed {
    /// `build` makes the statement with [`arg`] wherever a value is bound, in the order in which the caller passes them.
    pub(crate) const fn new(build: fn() -> Statement) -> Self {
        Self { rendered: [const { OnceLock::new() }; 3], build }
    }

    /// The text for `engine`, and everything that is bound to it when `args` take the places of [`arg`] in their order.
    pub(crate) fn bind<'v>(&self, engine: Engine, args: &'v [Value]) -> (&str, Cow<'v, [Value]>) {
        let [sqlite, postgres, mysql] = &self.rendered;
        let cell = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
            Engine::Mysql => mysql,
        };
        let (text, values) = cell.get_or_init(|| (self.build)().render(engine));
        if values.len() == args.len() {
            return (text, Cow::Borrowed(args));
        }
        let mut rest = args.iter();
        let bound = values.iter().map(|value| if *value == HOLE { rest.next().unwrap_or(value) } else { value }.clone()).collect();
        (text, Cow::Owned(bound))
    }
}

/// What stands in a fixed statement where an argument is bound.
const HOLE: Value = Value::BigInt(None);

/// The place of a bound value in a [`Fixed`] statement.
pub(crate) fn arg() -> SimpleExpr {
    Expr::val(HOLE)
}

/// `column = column + ?` for counters.
pub(crate) fn plus(column: &'static str, by: SimpleExpr) -> SimpleExpr {
    Expr::col(column).add(by)
}

/// Wildcards of LIKE taken literally. The escape character is `!`, which needs no escaping of its own on any engine.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out
}

/// `column LIKE 'text%'`.
pub(crate) fn begins_with(text: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", escaped(text))).escape('!')
}

/// `column LIKE '%text%'`.
pub(crate) fn has(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(text))).escape('!')
}

/// Narrows `query` to rows of `table` whose folded text contains `needle` (folded by [`fold`]), and names the column to order and page by.
///
/// SQLite streams from its trigram index (`<table>_search`), PostgreSQL uses a trigram index where the extension is permitted, MariaDB and `MySQL`
/// scan. Needles under three letters find only names that begin with them: nothing shorter has a trigram.
pub(crate) fn substring(query: &mut SelectStatement, engine: Engine, table: &'static str, needle: &str) -> (&'static str, &'static str) {
    if needle.chars().count() < 3 {
        query.and_where(Expr::col((table, "name_key")).like(begins_with(needle)));
        return (table, "id");
    }
    if engine != Engine::Sqlite {
        query.and_where(Expr::col((table, "search")).like(has(needle)));
        return (table, "id");
    }
    let index = if table == "subnet" { "subnet_search" } else { "address_search" };
    query.inner_join(index, Expr::col((table, "id")).equals((index, "rowid")));
    let phrase = format!("\"{}\"", needle.replace('"', "\"\""));
    query.and_where(Expr::cust_with_values(format!("\"{index}\" MATCH ?"), [Value::from(phrase)]));
    (index, "rowid")
}

/// SQLite only, before a commit: brings the trigram indexes up to date with the rows that the triggers noted.
///
/// `CROSS JOIN` makes SQLite begin with the few noted rows.
pub(crate) const SETTLE_SEARCH: [&str; 6] = [
    "DELETE FROM subnet_search WHERE rowid IN (SELECT id FROM subnet_search_due WHERE known = 1)",
    "INSERT INTO subnet_search (rowid, search)
       SELECT subnet.id, subnet.search FROM subnet_search_due CROSS JOIN subnet ON subnet.id = subnet_search_due.id WHERE subnet.search <> ''",
    "DELETE FROM subnet_search_due",
    "DELETE FROM address_search WHERE rowid IN (SELECT id FROM address_search_due WHERE known = 1)",
    "INSERT INTO address_search (rowid, search)
       SELECT address.id, address.search FROM address_search_due CROSS JOIN address ON address.id = address_search_due.id WHERE address.search <> ''",
    "DELETE FROM address_search_due",
];

/// Copies the write-ahead log of SQLite into the database and gives its space back.
pub(crate) const RELEASE_SPACE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Text as search compares it: lower case, blanks collapsed, composed (NFC): however an accent was typed, it is the same name.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return folded(text);
    }
    folded(&text.nfc().collect::<String>())
}

fn folded(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// A name as it is compared: folded, and cut to what a name column holds (lower case can be longer than what was typed).
pub(crate) fn key(name: &str) -> String {
    let mut folded = fold(name);
    if let Some((end, _)) = folded.char_indices().nth(255) {
        folded.truncate(end);
    }
    folded
}

/// What a unit says before it writes its first event, where the server needs it for [`close_log`]: MariaDB and `MySQL` have no lock on a table
/// that lives in a transaction, so writers share a row.
pub(crate) const fn enter_log(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Sqlite | Engine::Postgres => None,
        Engine::Mysql => Some("SELECT value FROM meta WHERE name = 'audit_log' LOCK IN SHARE MODE"),
    }
}

/// Waits for every unit that has written an event or may have been given a number for one, and keeps new ones out until the unit ends.
pub(crate) const fn close_log(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some("LOCK TABLE audit_event IN SHARE MODE"),
        Engine::Mysql => Some("SELECT value FROM meta WHERE name = 'audit_log' FOR UPDATE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(escaped("100%_!"), "100!%!_!!");
        assert_eq!(fold("  Core\tRouter  ÄÖ "), "core router äö");
        assert_eq!(fold("Malmo\u{308}"), fold("MALM\u{d6}"));
    }

    #[test]
    fn a_key_fits_its_column() {
        assert_eq!(key(&"İ".repeat(255)).chars().count(), 255);
        assert_eq!(key(" Core  A"), "core a");
    }

    #[test]
    fn constants_of_a_fixed_statement_need_no_caller() {
        static TWO: Fixed = Fixed::new(|| {
            let mut query = sea_query::Query::select();
            query.column("a").from("t").and_where(Expr::col("b").eq("word")).and_where(Expr::col("c").eq(arg())).limit(7);
            Statement::from(&mut query)
        });
        let args = [Value::from(5i64)];
        let (text, values) = TWO.bind(Engine::Postgres, &args);
        assert_eq!(text, r#"SELECT "a" FROM "t" WHERE "b" = $1 AND "c" = $2 LIMIT $3"#);
        assert_eq!(values.as_ref(), [Value::from("word"), Value::from(5i64), Value::from(7u64)]);
    }
}
