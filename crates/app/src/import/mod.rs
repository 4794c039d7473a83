//! Import from CSV.
