//! One file per noun, as in `src/repo`.

mod account;
mod address;
mod budget;
mod expiry;
mod import_plan;
mod job;
mod link;
mod list;
mod race;
mod search;
mod session;
mod setting;
mod tag;
mod tree;
