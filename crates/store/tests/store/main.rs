//! The store on every engine: the same stories on SQLite, PostgreSQL and MariaDB. Paths mirror `src`.
#![cfg(test)]

mod audit;
mod driver;
mod file;
mod migrate;
mod repo;
mod source;
mod unit;
mod world;
