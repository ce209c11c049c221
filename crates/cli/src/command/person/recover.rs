//! `person recover`: those who are named for it give a person who lost every key the one that they made.

use super::{Change, ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment;
use crate::setting::Setting;
use bailiwick_person::persons::{in_force, read_invitation};
use clap::Args;

/// Whom to recover.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The invitation that the person made with their new key
    invitation: String,
    /// The four words that the person told you, by phone or in person: compared before anything is signed
    #[arg(long, value_name = "WORDS")]
    code: String,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let invitation = read_invitation(&arguments.invitation, realm, moment::now()?)?;
    let code = bailiwick_card::code_text(&invitation.digest());
    if arguments.code != code {
        return Err(Failure::usage(
            format!("the invitation's four words are {code}, not those that you were told"),
            "somebody changed it on its way, or it is another one: ask for a new one",
        ));
    }
    let next = in_force.recover(&invitation)?;
    let body = invitation.body();
    let mut effects = vec![format!(
        "`{}` signs with a new key, kept as {}, and with none of the others any more",
        body.name,
        body.key.assurance.as_str()
    )];
    let recovered = next.persons.iter().find(|person| person.name == body.name);
    let old = in_force.roster.persons.iter().find(|person| person.name == body.name);
    for (now, old) in recovered.iter().flat_map(|one| &one.keys).zip(old.iter().flat_map(|one| &one.keys)) {
        if let (Some(end), None) = (now.end, old.end) {
            effects.push(format!("the key {} ends:", now.key.id().digest().short()));
            effects.extend(in_force.effect(now.key.id(), end));
        }
    }
    let change = Change { title: "Recover a person", effects, next };
    sign(change, &console, realm, &arguments.change, setting).await
}
