//! Whose process is at the other end of a connection on loopback.
//!
//! The page's address is an argument of the program that opens the browser, and arguments can be read by
//! other users of the machine. They get nothing for it: what is not this user's is not answered.

use std::net::SocketAddr;

/// Whether the process that connected from `peer` to `own` is this user's.
#[cfg(target_os = "linux")]
pub(super) fn is_own(peer: SocketAddr, own: SocketAddr) -> bool {
    let table = if peer.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    // What cannot be read is not known to be ours.
    let table = std::fs::read_to_string(table).unwrap_or_default();
    owner(&table, peer, own) == Some(rustix::process::getuid().as_raw())
}

/// Other systems have no such table; there the token and the origin must do.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_own(_: SocketAddr, _: SocketAddr) -> bool {
    true
}

/// The user of the socket that is bound to `local` and connected to `remote` (proc(5)).
#[cfg(target_os = "linux")]
fn owner(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    let (local, remote) = (written(local), written(remote));
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let ends = (fields.next()?, fields.next()?);
        // State, queues, timer, retransmits, then the user.
        let user = fields.nth(4)?;
        (ends == (local.as_str(), remote.as_str())).then(|| user.parse().ok()).flatten()
    })
}

/// An address as the kernel writes it: words of four bytes in the machine's order, in hexadecimal.
#[cfg(target_os = "linux")]
fn written(address: SocketAddr) -> String {
    let bytes = match address {
        SocketAddr::V4(address) => address.ip().octets().to_vec(),
        SocketAddr::V6(address) => address.ip().octets().to_vec(),
    };
    let (words, _) = bytes.as_chunks::<4>();
    let mut text: String = words.iter().map(|word| format!("{:08X}", u32::from_ne_bytes(*word))).collect();
    text.push_str(&format!(":{:04X}", address.port()));
    text
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connection_of_this_user_is_found_in_either_family() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let own = listener.local_addr().unwrap();
            let stream = TcpStream::connect(own).unwrap();
            let (_accepted, peer) = listener.accept().unwrap();
            assert!(is_own(peer, own));
            // Nobody is connected from there.
            assert!(!is_own(own, own));
            drop(stream);
        }
    }

    #[test]
    fn the_user_is_read_from_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n   \
            0: 0100007F:A2B4 0100007F:1C8F 01 00000000:00000000 00:00000000 00000000  1001        0 20 4\n";
        let (peer, own) = ("127.0.0.1:41652".parse().unwrap(), "127.0.0.1:7311".parse().unwrap());
        assert_eq!(owner(table, peer, own), Some(1001));
        assert_eq!(owner(table, own, peer), None);
        assert_eq!(owner("", peer, own), None);
    }
}
