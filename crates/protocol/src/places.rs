//! Where a profile keeps what.
//!
//! By default the folders of the XDG base directory specification (or each system's own); with
//! `--data-dir` everything of the profile lies below that one folder.

use directories::ProjectDirs;
use std::path::{Path, PathBuf};

/// The folders and sockets of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The ledger and the broker's state.
    pub data: PathBuf,
    /// The configuration file's folder, and the person's and agents' key files.
    pub config: PathBuf,
    /// Log files.
    pub log: PathBuf,
    /// Sockets; short-lived.
    pub run: PathBuf,
}

/// Why there are no places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// There is no home folder.
    #[error("there is no home folder; name a folder with `--data-dir`")]
    NoHome,
    /// A Unix socket's path is limited.
    #[error("the path `{0}` is too long for a Unix socket; choose a shorter `--data-dir`")]
    TooLong(PathBuf),
}

/// The longest path that every system takes for a Unix socket, in bytes.
const MAX_SOCKET_PATH: usize = 103;

impl Places {
    /// The places of the default profile, or of the profile in `data_dir`.
    pub fn of(data_dir: Option<&Path>) -> Result<Places, PlacesError> {
        let places = match data_dir {
            Some(folder) => {
                let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
                Places {
                    data: folder.join("data"),
                    config: folder.join("config"),
                    log: folder.join("log"),
                    run: folder.join("run"),
                }
            }
            None => {
                let dirs = ProjectDirs::from("", "", "bailiwick").ok_or(PlacesError::NoHome)?;
                let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
                Places {
                    data: dirs.data_dir().to_owned(),
                    config: dirs.config_dir().to_owned(),
                    log: state.join("log"),
                    run: dirs.runtime_dir().map_or_else(|| state.join("run"), Path::to_owned),
                }
            }
        };
        for socket in [places.console_socket(), places.agent_socket()] {
            if socket.as_os_str().len() > MAX_SOCKET_PATH {
                return Err(PlacesError::TooLong(socket));
            }
        }
        Ok(places)
    }

    /// The console socket: 0600 in a folder of its own, 0700.
    pub fn console_socket(&self) -> PathBuf {
        self.run.join("console").join("socket")
    }

    /// The agent socket: in a folder of its own, which may be bound into a container.
    pub fn agent_socket(&self) -> PathBuf {
        self.run.join("agent").join("socket")
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The ledger.
    pub fn ledger(&self) -> PathBuf {
        self.data.join("ledger.sqlite")
    }
}
