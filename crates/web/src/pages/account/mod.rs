//! One's own account: profile and address, password, sessions.

mod agent;
mod password;
mod profile;
mod session;

pub use password::{change, judge, secret, show as password};
pub use profile::{email, save, show};
pub use session::{all, end, end_others, idle, rows, stay};
