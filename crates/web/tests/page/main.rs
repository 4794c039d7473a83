//! Stories of people at the pages of the plan, on the real application over an embedded database.
#![cfg(test)]

mod address;
mod audit;
mod group;
mod import;
mod key;
mod search;
mod subnet;
mod world;
