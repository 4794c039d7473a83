//! The whole program from outside: the real binary, over HTTP and the command line, on every engine. One file per topic.
#![cfg(test)]

mod access;
mod account;
mod allocate;
mod attack;
mod audit;
mod cli;
mod contract;
mod deploy;
mod error;
mod fence;
mod import;
mod kill;
mod list;
mod login;
mod passwords;
mod recipe;
