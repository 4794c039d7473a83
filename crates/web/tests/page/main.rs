//! Stories of people at the pages of the plan, on the real application over an embedded database.

mod address;
mod search;
mod subnet;
mod world;
