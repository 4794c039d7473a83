//! Stories of people at the pages of the plan, on the real application over an embedded database.
#![cfg(test)]

mod address;
mod audit;
mod fence;
mod group;
mod import;
mod key;
mod mail;
mod search;
mod setting;
mod sign_in;
mod subnet;
mod world;
