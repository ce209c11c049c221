//! What can be wrong with a keychain, each with what the person can do about it.

use std::time::Duration;

use crate::item::ItemName;

/// Why a keychain call failed. Only [`KeychainError::Absent`] means that there is no such
/// item; every other value means that nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// There is no session bus to find a keychain on.
    #[error("there is no session bus, so no keychain can be reached")]
    NoBus,
    /// There is a session bus, but no program on it serves a keychain.
    #[error("no keychain program is running or can be started")]
    NoService,
    /// The keychain program has no default collection to keep items in.
    #[error("the keychain has no default collection")]
    NoDefaultCollection,
    /// It is locked, and prompts were not allowed.
    #[error("the keychain is locked")]
    Locked,
    /// It is locked and stayed so: the prompt was dismissed, or no prompt could be shown.
    #[error("the keychain stayed locked: its prompt was dismissed or could not be shown")]
    Dismissed,
    /// The system refused access to this program.
    #[error("the system denied access to the keychain")]
    Denied,
    /// There is no such item, said by an unlocked keychain.
    #[error("there is no `{item}` in the keychain")]
    Absent {
        /// The item that was asked for.
        item: ItemName,
    },
    /// There is such an item already; it was left as it is.
    #[error("there is already a `{item}` in the keychain; it was left as it is")]
    Exists {
        /// The item that was to be made.
        item: ItemName,
    },
    /// Several items have this name, so none can be trusted to be the right one.
    #[error("{count} items in the keychain are called `{item}`")]
    Ambiguous {
        /// The item that was asked for.
        item: ItemName,
        /// How many there are.
        count: usize,
    },
    /// The secret is larger than this system's keychain stores.
    #[error("the secret for `{item}` is too large: this keychain takes at most {limit} bytes")]
    TooLarge {
        /// The item that was to be stored.
        item: ItemName,
        /// The keychain's limit in bytes.
        limit: u32,
    },
    /// No answer in time; nothing was written or deleted, nor will be.
    #[error("the keychain did not answer within {} s; nothing was changed", .limit.as_secs_f32())]
    TimedOut {
        /// How long was waited.
        limit: Duration,
    },
    /// A change was sent and no answer came: it may or may not have happened.
    #[error("the keychain did not confirm a change; it may or may not have been made")]
    Unconfirmed,
    /// Something else, in the system's words.
    #[error("the keychain failed: {detail}")]
    Other {
        /// The system's words, without any secret.
        detail: String,
    },
}

impl KeychainError {
    /// What the person can do: one or two sentences.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoBus => {
                "log in to a desktop session, start the program under `dbus-run-session`, \
                 or keep the key in a passphrase-encrypted file instead"
            }
            Self::NoService => {
                "install and start a keychain program (GNOME Keyring, KWallet, KeePassXC), \
                 or keep the key in a passphrase-encrypted file instead"
            }
            Self::NoDefaultCollection => {
                "create a default keyring in your keychain program (in GNOME: Passwords and \
                 Keys), then try again"
            }
            Self::Locked => "unlock your keychain, then try again",
            Self::Dismissed => {
                "unlock your keychain at its own prompt, or from a session with a display, \
                 then try again"
            }
            Self::Denied => "allow this program in the system's keychain settings, then try again",
            Self::Absent { .. } => {
                "was it made under another user, profile or realm? `doctor` lists what is there"
            }
            Self::Exists { .. } => "use it as it is, or choose another name",
            Self::Ambiguous { .. } => {
                "look at them in your keychain program and delete the ones that are not yours; \
                 somebody may have planted one"
            }
            Self::TooLarge { .. } => "keep this secret in another root store",
            Self::TimedOut { .. } => "answer the keychain's prompt, or restart your keychain",
            Self::Unconfirmed => {
                "look whether the item is there before trying again; nothing is tried twice \
                 by itself"
            }
            Self::Other { .. } => "look at the messages of your keychain program",
        }
    }
}
