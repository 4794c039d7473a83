//! The address plan as values and rules.
//!
//! Both families live in one 128-bit space: an [`Address`] is a family and 128 bits, where IPv4 is kept IPv4-mapped
//! (`::ffff:a.b.c.d`), so that containment is equal family and two comparisons, here as in the database. A [`Prefix`] is a CIDR block
//! without host bits, a [`Span`] any run of addresses, a [`Count`] an exact size from 0 to 2^128.
//!
//! Text becomes these types once, at the door, by the `parse` functions; a [`ParseError`] says what to write instead. The modules then
//! decide: [`tree`] nests, [`free`] finds the gaps, [`allocate`] hands out what is free, [`proposal`] plans split, merge and resize, and
//! [`utilisation`] does the percentages. Everything is pure: no I/O, no clock, and chance is an argument.

mod address;
pub mod allocate;
mod count;
mod family;
pub mod free;
mod parse;
mod prefix;
pub mod proposal;
mod refusal;
mod span;
pub mod tree;
pub mod utilisation;

pub use address::Address;
pub use count::{Count, CountError};
pub use family::Family;
pub use prefix::Prefix;
pub use refusal::ParseError;
pub use span::Span;
