//! `agent new`: makes an agent's key file and prints its public half.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::{Name, Signer};
use bailiwick_person::AgentFolder;
use clap::Args;

/// Which agent.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What to call it: a-z, 0-9, `.`, `_`, `-`
    name: Name,
}

pub(crate) fn run(arguments: &Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let key = AgentFolder::of(&setting.profile.places).create(&arguments.name)?;
    let value = serde_json::json!({
        "name": arguments.name.as_str(),
        "public": key.public().to_line(),
        "id": key.public().id().to_string(),
        "key_file": key.path(),
    });
    // The public half alone on standard output, so that `$(bailiwick agent new x)` is the key.
    setting.output.result(&value, || key.public().to_line())?;
    setting.output.remark(format_args!(
        "its key is in `{}`, readable by you only; delegate to it with `bailiwick delegate --to {}`",
        key.path().display(),
        arguments.name
    ));
    Ok(Exit::Done)
}
