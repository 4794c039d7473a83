//! The contract of the API, told by its users: requests go through the whole door, to a database of their own.
#![cfg(test)]

mod access;
mod contract;
mod error;
mod list;
mod race;
mod world;
