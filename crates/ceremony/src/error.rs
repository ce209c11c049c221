//! Why a ceremony came to nothing.

use bailiwick_authority::AssertionError;

/// Why nothing was enrolled or signed.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// Somebody else has the port that the page needs.
    #[error("port {0} on loopback is taken, and the key was enrolled for a page there")]
    PortTaken(u16),
    /// The port cannot be listened on.
    #[error("port {port} on loopback cannot be used: {error}")]
    Port {
        /// Which port.
        port: u16,
        /// Why not.
        error: std::io::Error,
    },
    /// No browser could be opened.
    #[error("no browser could be opened: {0}")]
    NoBrowser(String),
    /// Another ceremony is under way.
    #[error("another ceremony is under way in this program")]
    Busy,
    /// The person said no.
    #[error("the person did not sign")]
    Declined,
    /// The program was told to wait no longer.
    #[error("it was cancelled")]
    Cancelled,
    /// Nobody answered in time.
    #[error("nobody touched the key within two minutes")]
    TimedOut,
    /// What came back is not the enrolled key's signature.
    #[error("what came back is no signature of the enrolled key: {0}")]
    NoSignature(#[from] AssertionError),
    /// What came back is no key that can be enrolled.
    #[error("what came back is no key that can be enrolled: {0}")]
    NoKey(String),
    /// The key cannot be used in this way.
    #[error("this key cannot be used {0}")]
    OtherWay(&'static str),
    /// No security key is plugged in, or none that may be opened.
    #[error("no security key was found")]
    NoSecurityKey,
    /// The security key has none of the person's credentials.
    #[error("none of the security keys that are plugged in is the enrolled one")]
    AnotherSecurityKey,
    /// The PIN was wrong.
    #[error("the PIN is wrong; the security key allows {left} more tries")]
    WrongPin {
        /// How many are left.
        left: u8,
    },
    /// The PIN is blocked.
    #[error("the security key has blocked its PIN")]
    PinBlocked,
    /// The security key has no PIN, so that it cannot verify who touches it.
    #[error("the security key has no PIN, so that it cannot verify who touches it")]
    NoPin,
    /// The security key wants a new PIN before anything else.
    #[error("the security key wants a new PIN first")]
    NewPinWanted,
    /// The security key did not recognise the finger.
    #[error("the security key did not recognise who touched it")]
    NotRecognised,
    /// A security key is there, and this user may not open it.
    #[error("there is a security key at `{0}`, and you may not open it")]
    NotYours(String),
    /// The operating system failed.
    #[error("{0}")]
    System(String),
}

impl CeremonyError {
    /// What the person can do.
    pub fn hint(&self) -> String {
        match self {
            CeremonyError::PortTaken(port) => format!(
                "end the program that listens on port {port}: if you do not know it, it may be waiting for your touch"
            ),
            CeremonyError::Port { .. } => "check the system's loopback interface".into(),
            CeremonyError::NoBrowser(_) => {
                "open the page that was named in a browser on this machine, or set a default browser".into()
            }
            CeremonyError::Busy => "finish or close the other page first".into(),
            CeremonyError::Declined | CeremonyError::Cancelled => "nothing was signed".into(),
            CeremonyError::TimedOut => "nothing was signed; run the command again".into(),
            CeremonyError::NoSignature(AssertionError::NotVerified) => {
                "set a PIN or fingerprint on the key: each signature needs to know who touches it".into()
            }
            CeremonyError::NoSignature(_) => "nothing was signed; use the key that was enrolled".into(),
            CeremonyError::NoKey(_) => {
                "use a key that verifies who touches it, by PIN or fingerprint, with ES256, EdDSA or RS256"
                    .into()
            }
            CeremonyError::OtherWay(_) => "use the key as it was enrolled".into(),
            CeremonyError::NoSecurityKey => {
                "plug it in; or touch it on a page in the browser: `--passkey`".into()
            }
            CeremonyError::NotYours(_) => {
                "install the rule for security keys, and plug it in again (docs/keys.md)".into()
            }
            CeremonyError::AnotherSecurityKey => "plug in the security key that was enrolled".into(),
            CeremonyError::WrongPin { .. } => "type it again, with care: too many tries block the key".into(),
            CeremonyError::PinBlocked => {
                "unplug it and plug it in again; if that does not help, the key must be reset, and is lost"
                    .into()
            }
            CeremonyError::NotRecognised => {
                "try again; after too many tries the security key wants its PIN instead".into()
            }
            CeremonyError::NoPin | CeremonyError::NewPinWanted => {
                "set one with the maker's program or the browser's settings".into()
            }
            CeremonyError::System(_) => "nothing was signed".into(),
        }
    }
}
