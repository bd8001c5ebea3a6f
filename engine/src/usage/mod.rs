//! What the tree of a process uses, sampled by its keeper and kept in the file `usage` of its folder.
//!
//! The file holds records of 32 bytes, oldest first. It has at most [`MAX_SAMPLES`]: when these are reached, every second
//! one of the older half goes, so that the samples are the further apart the older they are.
//!
//! # Layout
//! - `measure`: one look at the tree, in `/proc`. `record`: the records. `writer`: the keeper's side of the file, `reader`: the
//!   server's.

mod measure;
#[cfg(feature = "host")]
mod reader;
mod record;
#[cfg(test)]
#[cfg(feature = "host")]
mod tests;
mod writer;

pub(crate) use measure::{Measured, measure};
#[cfg(feature = "host")]
pub(crate) use reader::{check, last_known, read};
pub(crate) use writer::UsageWriter;

/// The most samples in a file: 256 KiB.
pub(crate) const MAX_SAMPLES: u64 = 8192;
