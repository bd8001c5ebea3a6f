//! The values of `secret_env`, which arrive over the first connection and are never written to a file of the process.

use crate::protocol::{self, HEADER, MAX_SECRETS, SECRETS};
use execdeck_wire::ProcessSpec;
use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    time::Duration,
};

/// A server sends them right after it has started the keeper.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Fills in the secrets if the spec has them masked. A spec of the first release contains them.
pub(super) fn receive(spec: &mut ProcessSpec, first: Option<&mut UnixStream>) -> io::Result<()> {
    if !spec.has_masked_secrets() {
        return Ok(());
    }
    let Some(stream) = first else { return Err(io::ErrorKind::NotConnected.into()) };
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(ARRIVAL))?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    let (kind, length) = protocol::parse_header(header);
    if kind != SECRETS || length > MAX_SECRETS {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    spec.secret_env = serde_json::from_slice(&body)?;
    stream.set_read_timeout(None)?;
    stream.set_nonblocking(true)
}
