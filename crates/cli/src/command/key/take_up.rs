//! `key take-up`: others have agreed to this person's new key, and the profile signs with it from now on.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_person::persons::{in_force, take_up};

pub(crate) async fn run(setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let taken = take_up(&setting.profile, &in_force(&console).await?)?;
    let value = serde_json::json!({ "key": taken.map(|key| key.to_string()) });
    setting.output.result(&value, || match taken {
        Some(key) => format!("this profile signs with the key {} from now on", key.digest().short()),
        None => "this profile goes on signing with the key that it has: no other one is enrolled in its \
                 place"
            .to_owned(),
    })?;
    Ok(Exit::Done)
}
