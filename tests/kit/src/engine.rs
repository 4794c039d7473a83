//! The three engines, and the macro that makes one story three tests.
//!
//! The tests of a story are named `story::sqlite`, `story::postgres` and `story::mysql`; `scripts/tally.awk` counts by these names.

use std::fmt;
use std::future::Future;

/// A database engine that Ringfence runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded engine, a file in the data directory.
    Sqlite,
    /// The server named by `RINGFENCE_TEST_POSTGRES`.
    Postgres,
    /// The `MariaDB` server named by `RINGFENCE_TEST_MYSQL`.
    Mysql,
}

impl Engine {
    /// Every engine, in the order in which results are shown.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mysql];

    /// The name in test names and in the scheme of database URLs, but for `postgres` and `mysql`, which stand for a server.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Runs one test's future on a runtime of its own with four threads.
pub fn block_on<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime starts").block_on(story)
}

/// Makes three tests of each story, one per engine. A story is a function of the engine, `async` or not; it may not return a value.
///
/// ```
/// ringfence_kit::engines! {
///     /// A story without a server.
///     fn knows_its_name(engine) {
///         assert!(!engine.name().is_empty());
///     }
/// }
/// ```
#[macro_export]
macro_rules! engines {
    () => {};
    ($(#[$meta:meta])* async fn $name:ident($engine:ident) $body:block $($rest:tt)*) => {
        #[cfg(test)]
        $(#[$meta])*
        async fn $name($engine: $crate::Engine) $body
        $crate::engines!(@tests $name, engine, $crate::block_on(super::$name(engine)));
        $crate::engines!($($rest)*);
    };
    ($(#[$meta:meta])* fn $name:ident($engine:ident) $body:block $($rest:tt)*) => {
        #[cfg(test)]
        $(#[$meta])*
        fn $name($engine: $crate::Engine) $body
        $crate::engines!(@tests $name, engine, super::$name(engine));
        $crate::engines!($($rest)*);
    };
    (@tests $name:ident, $engine:ident, $run:expr) => {
        #[cfg(test)]
        mod $name {
            #[test]
            fn sqlite() {
                let $engine = $crate::Engine::Sqlite;
                $run;
            }

            #[test]
            fn postgres() {
                let $engine = $crate::Engine::Postgres;
                $run;
            }

            #[test]
            fn mysql() {
                let $engine = $crate::Engine::Mysql;
                $run;
            }
        }
    };
}
