//! What differs in SQL between the engines, beyond what sea-query renders by itself.
//!
//! Every raw fragment of this crate is made here, in `migrate/` or in `driver/`; `tests/raw_sql.rs` holds the list.

use std::sync::OnceLock;

use sea_query::{
    DeleteStatement, Expr, ExprTrait, InsertStatement, LikeExpr, MysqlQueryBuilder, PostgresQueryBuilder, SelectStatement, SimpleExpr,
    SqliteQueryBuilder, UpdateStatement, Value,
};

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
pub struct Fixed {
    texts: [OnceLock<String>; 3],
    build: fn() -> Statement,
}

impl Fixed {
    /// `build` makes the statement with [`arg`] wherever a value is bound, in the order in which the caller passes them.
    pub(crate) const fn new(build: fn() -> Statement) -> Self {
        Self { texts: [const { OnceLock::new() }; 3], build }
    }

    pub(crate) fn text(&self, engine: Engine) -> &str {
        let [sqlite, postgres, mysql] = &self.texts;
        let cell = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
            Engine::Mysql => mysql,
        };
        cell.get_or_init(|| (self.build)().render(engine).0)
    }
}

/// The place of a bound value in a [`Fixed`] statement.
pub(crate) fn arg() -> SimpleExpr {
    Expr::val(Value::BigInt(None))
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
/// SQLite streams from its trigram index (`<table>_search`), PostgreSQL uses a trigram index where the extension is permitted, MariaDB and MySQL
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

/// Text as search compares it: lower case, blanks collapsed.
pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(escaped("100%_!"), "100!%!_!!");
        assert_eq!(fold("  Core\tRouter  ÄÖ "), "core router äö");
    }
}
