//! The agents of this profile: `agents/<name>.key` and, beside it, the capabilities that were delegated
//! to it, one chain a file in `agents/<name>.capabilities/`.
//!
//! The folder is a convenience of one machine. An agent elsewhere needs its key file, the agent socket,
//! and nothing of this.

use crate::chain_file::Chain;
use crate::failure::{Failure, bad_value};
use bailiwick_authority::{Name, PublicKey, SignError, Signer};
use bailiwick_keystore::AgentKeyFile;
use bailiwick_protocol::Places;
use std::io;
use std::path::{Path, PathBuf};

/// An agent's key, ready to sign.
#[derive(Debug)]
pub struct AgentKey {
    /// What this profile calls the agent; none for a key file from elsewhere.
    pub name: Option<Name>,
    file: AgentKeyFile,
    public: PublicKey,
}

impl AgentKey {
    fn of(name: Option<Name>, file: AgentKeyFile) -> Result<AgentKey, Failure> {
        let public =
            PublicKey::ed25519(&file.public()).map_err(|error| Failure::defect(error.to_string()))?;
        Ok(AgentKey { name, file, public })
    }

    /// The key file at `path`.
    pub fn open(path: &Path) -> Result<AgentKey, Failure> {
        AgentKey::of(None, AgentKeyFile::open(path)?)
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl Signer for AgentKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.file.sign(message).to_vec())
    }
}

/// The folder of a profile's agents.
#[derive(Clone, Debug)]
pub struct AgentFolder {
    path: PathBuf,
}

impl AgentFolder {
    /// The folder of a profile.
    pub fn of(places: &Places) -> AgentFolder {
        AgentFolder { path: places.config.join("agents") }
    }

    /// Makes a key for a new agent; a name is never used twice.
    pub fn create(&self, name: &Name) -> Result<AgentKey, Failure> {
        create_private_folder(&self.path)?;
        AgentKey::of(Some(name.clone()), AgentKeyFile::create(&self.key_path(name))?)
    }

    /// The key of the agent `name`.
    pub fn open(&self, name: &Name) -> Result<AgentKey, Failure> {
        let path = self.key_path(name);
        if !path.exists() {
            let known: Vec<String> = self.names()?.iter().map(|name| format!("`{name}`")).collect();
            let hint = if known.is_empty() {
                format!("make one with `bailiwick agent new {name}`")
            } else {
                format!("there are {}; make another with `bailiwick agent new {name}`", known.join(", "))
            };
            return Err(Failure::not_set_up(format!("there is no agent `{name}` in this profile"), hint));
        }
        AgentKey::of(Some(name.clone()), AgentKeyFile::open(&path)?)
    }

    /// The only agent there is, for commands that were not told which.
    pub fn only(&self) -> Result<AgentKey, Failure> {
        match self.names()?.as_slice() {
            [one] => self.open(one),
            [] => Err(Failure::not_set_up(
                "there is no agent in this profile",
                "make one with `bailiwick agent new <name>`, or name a key file with `--key`",
            )),
            several => {
                let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
                Err(Failure::usage(
                    format!("there are several agents: {}", names.join(", ")),
                    "say which with `--as <name>`",
                ))
            }
        }
    }

    /// The key that `--as` or `--key` names, or the only one there is.
    pub fn choose(&self, name: Option<&Name>, key: Option<&Path>) -> Result<AgentKey, Failure> {
        match (name, key) {
            (_, Some(path)) => AgentKey::open(path),
            (Some(name), None) => self.open(name),
            (None, None) => self.only(),
        }
    }

    /// The agents' names, in order.
    pub fn names(&self) -> Result<Vec<Name>, Failure> {
        let mut names: Vec<Name> = files_in(&self.path)?
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "key"))
            .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
            .collect();
        names.sort();
        Ok(names)
    }

    /// The chains that are kept for a key.
    pub fn chains(&self, key: &AgentKey) -> Result<Vec<Chain>, Failure> {
        files_in(&self.chains_path(key))?
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| Chain::read(path))
            .collect()
    }

    /// Keeps a chain for a key; says where.
    pub fn keep(&self, key: &AgentKey, chain: &Chain) -> Result<PathBuf, Failure> {
        let folder = self.chains_path(key);
        create_private_folder(&folder)?;
        let path = folder.join(format!("{}.json", chain.leaf().digest().hex()));
        if !path.exists() {
            chain.write(&path)?;
        }
        Ok(path)
    }

    /// Forgets a chain that can never be used again.
    pub fn forget(&self, key: &AgentKey, chain: &Chain) -> Result<(), Failure> {
        let path = self.chains_path(key).join(format!("{}.json", chain.leaf().digest().hex()));
        std::fs::remove_file(&path).map_err(|error| Failure::file("remove", &path, &error))
    }

    fn key_path(&self, name: &Name) -> PathBuf {
        self.path.join(format!("{name}.key"))
    }

    /// Beside the key, wherever that lies.
    fn chains_path(&self, key: &AgentKey) -> PathBuf {
        key.path().with_extension("capabilities")
    }
}

/// An agent as it is given on a command line: a name of this profile or a public key.
pub fn agent_argument(folder: &AgentFolder, text: &str) -> Result<(PublicKey, Option<Name>), Failure> {
    if text.starts_with("ed25519:") {
        let key = PublicKey::from_line(text)
            .map_err(|why| crate::failure::bad_format("a public key", text, &why))?;
        return Ok((key, None));
    }
    let name: Name = text.parse().map_err(|why| bad_value("an agent's name or public key", text, &why))?;
    Ok((folder.open(&name)?.public().clone(), Some(name)))
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: io::Error| Failure::file("read the folder", folder, &error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    files.sort();
    Ok(files)
}

/// Makes a folder that only its owner may enter, and those above it.
pub fn create_private_folder(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Failure::file("make the folder", path, &error))
}
