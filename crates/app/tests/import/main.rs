//! The import on every engine: the demo data as users import it, and the rules row by row.
#![cfg(test)]

mod demo;
mod rules;
mod world;
