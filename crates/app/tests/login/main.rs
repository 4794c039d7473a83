//! The login against real databases, with time as an argument: the cases of the design (E1 to E15), the budgets, races, mail and notices; passwords and sessions over time, and who keeps whom out.
#![cfg(test)]

mod case;
mod challenge;
mod letter;
mod limit;
mod member;
mod password;
mod session;
mod world;
