//! Opening the files of a data folder.

pub(crate) use execdeck_engine::{ReadAs, regular_file};
