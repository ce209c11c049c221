//! Where the page is: one port on loopback, in both families, held or nothing.
//!
//! A browser resolves `bailiwick.localhost` to loopback in either family. Whoever listens on this port in
//! the other family would be our page to the person's browser, so that both are held.

use crate::RP_ID;
use crate::error::CeremonyError;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// The port of the page. It is part of the origin that keys are enrolled for, and cannot change.
pub const PORT: u16 = 7311;

/// The page's origin at a port.
pub fn origin(port: u16) -> String {
    format!("http://{RP_ID}:{port}")
}

/// The port of an origin of ours.
pub(super) fn port_of(origin: &str) -> Option<u16> {
    let port: u16 = origin.strip_prefix("http://")?.strip_prefix(RP_ID)?.strip_prefix(':')?.parse().ok()?;
    (self::origin(port) == origin).then_some(port)
}

/// Listeners on the port, in every family that this system has on loopback.
pub(super) fn hold(port: u16) -> Result<Vec<TcpListener>, CeremonyError> {
    let first = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), port)?;
    // Port 0 is any: the other family must have the same.
    let own = first.local_addr().map_err(|error| CeremonyError::Port { port, error })?.port();
    let mut held = vec![first];
    match listen(SocketAddr::from((Ipv6Addr::LOCALHOST, own)), own) {
        Ok(second) => held.push(second),
        Err(CeremonyError::Port { error, .. })
            if matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported) =>
        {
            tracing::debug!("there is no IPv6 on loopback");
        }
        Err(CeremonyError::Port { error, .. }) if error.raw_os_error() == Some(NO_FAMILY) => {
            tracing::debug!("this system has no IPv6");
        }
        Err(other) => return Err(other),
    }
    Ok(held)
}

/// The system does not know the address family.
#[cfg(unix)]
const NO_FAMILY: i32 = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
#[cfg(not(unix))]
const NO_FAMILY: i32 = 10_047;

fn listen(address: SocketAddr, port: u16) -> Result<TcpListener, CeremonyError> {
    let listener = TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => CeremonyError::PortTaken(port),
        _ => CeremonyError::Port { port, error },
    })?;
    listener.set_nonblocking(true).map_err(|error| CeremonyError::Port { port, error })?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_somebody_has_in_either_family_is_refused() {
        let held = hold(0).unwrap();
        let port = held.first().unwrap().local_addr().unwrap().port();
        assert!(matches!(hold(port), Err(CeremonyError::PortTaken(taken)) if taken == port));
        drop(held);
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)) else { return };
        assert!(matches!(hold(port), Err(CeremonyError::PortTaken(taken)) if taken == port));
        drop(other);
        assert!(hold(port).is_ok());
    }

    #[test]
    fn a_port_is_read_from_its_origin_only() {
        assert_eq!(port_of(&origin(PORT)), Some(PORT));
        for bad in [
            "http://bailiwick.localhost",
            "http://bailiwick.localhost:07311",
            "https://bailiwick.localhost:7311",
            "http://localhost:7311",
            "http://bailiwick.localhost:7311/",
            "bailiwick:security-key",
        ] {
            assert_eq!(port_of(bad), None, "{bad}");
        }
    }
}
