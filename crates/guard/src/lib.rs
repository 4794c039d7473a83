//! The security core: who someone is, what they may do, and how guessing is made expensive.
//!
//! Everything here is a pure decision: it is told the time, handed the chance it needs, and stores nothing but the files of
//! [`password::blocklist`]. `store` keeps the rows, `app` drives the steps, and the doors (`web`, `api`, `cli`) only translate. What touches HTTP stands in [`http`] alone, and nothing
//! here knows what a subnet is.
//!
//! | question | module |
//! |---|---|
//! | who acts, what happened | [`audit`], [`permission`] |
//! | may this guess be made at all | [`budget`], [`fence`], [`challenge`], [`login`] |
//! | is this secret right | [`password`], [`session`], [`api_key`] |
//! | where does it come from | [`client`], [`mod@http`] |
//! | what is a person told, in which language | [`message`] |
//! | what everything above is given | [`clock`], [`entropy`], [`envelope`], [`key`], [`secret`], [`name`] |

pub mod api_key;
pub mod audit;
pub mod budget;
pub mod challenge;
pub mod client;
pub mod clock;
pub mod entropy;
pub mod envelope;
pub mod fence;
pub mod hash;
pub mod http;
pub mod key;
pub mod login;
pub mod message;
pub mod name;
pub mod password;
pub mod permission;
pub mod secret;
pub mod session;
pub mod text;
