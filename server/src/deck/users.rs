//! The users of the system.

pub(crate) use execdeck_engine::user_name;
