//! The roster: which persons there are, what each may do, and which keys are theirs.
//!
//! The first roster of a series is the *genesis*: signed by a key that it enrols itself, and pinned by
//! the broker and every console. Its statement digest names the realm.

use crate::digest::{Digest, KeyId};
use crate::fields::{At, Fields, FormatError, Members, number};
use crate::json::{Node, Value};
use crate::key::PublicKey;
use crate::name::{Name, NameError, Text};
use crate::recovery::Recovery;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use std::collections::BTreeMap;
use std::str::FromStr;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Delegates authority, changes policy, connections and roster.
    Steward,
    /// Answers requests for approval.
    Approver,
    /// Watches, revokes, halts.
    Security,
}

/// How well a key's private half is kept, as seen when it was enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Assurance {
    /// A passphrase-encrypted file.
    File,
    /// The keychain of an operating system.
    Keychain,
    /// A passkey that its provider copies between devices.
    SyncedPasskey,
    /// A key that cannot leave its device.
    DeviceBound,
}

macro_rules! closed_list {
    ($type:ident, $list:literal, $($variant:ident = $text:literal),*) => {
        impl $type {
            /// As it is written.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $text),* }
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<$type, NameError> {
                match text {
                    $($text => Ok($type::$variant),)*
                    _ => Err(NameError::NotOneOf($list)),
                }
            }
        }
    };
}
pub(crate) use closed_list;

closed_list!(
    Role,
    "`steward`, `approver`, `security`",
    Steward = "steward",
    Approver = "approver",
    Security = "security"
);
closed_list!(
    Assurance,
    "`file`, `keychain`, `synced-passkey`, `device-bound`",
    File = "file",
    Keychain = "keychain",
    SyncedPasskey = "synced-passkey",
    DeviceBound = "device-bound"
);

impl Assurance {
    /// What a key says itself: a WebAuthn key whether it may be copied, any other one nothing.
    pub fn said_by(key: &PublicKey) -> Option<Assurance> {
        key.as_webauthn().map(|key| match key.enrolment().synced {
            true => Assurance::SyncedPasskey,
            false => Assurance::DeviceBound,
        })
    }
}

/// How a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEnd {
    /// Replaced: what was admitted earlier stands.
    Rotated,
    /// Given up: what rests on it needs another signature.
    Retired,
    /// In other hands since this ledger entry: nothing admitted from there on counts.
    CompromisedSince(u64),
}

/// A key of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolledKey {
    /// The public half.
    pub key: PublicKey,
    /// How its private half is kept.
    pub assurance: Assurance,
    /// Where it was enrolled, in the person's words.
    pub enrolled: Text,
    /// How it ended, if it did.
    pub end: Option<KeyEnd>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person's name in this realm; never given to another.
    pub name: Name,
    /// The roles, without repetition.
    pub roles: Vec<Role>,
    /// The person's ids at destinations: connection name to immutable id (at GitHub the user's number).
    pub identities: BTreeMap<Name, Text>,
    /// The keys.
    pub keys: Vec<EnrolledKey>,
}

/// The persons of a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The roster that this one follows; absent in the genesis.
    pub previous: Option<Digest>,
    /// How many persons must agree to a change of roster, policy or connections.
    pub change_quorum: u64,
    /// The persons, no name and no key twice.
    pub persons: Vec<Person>,
    /// Who together can give a person who lost every key a new one, if anybody can.
    pub recovery: Option<Recovery>,
}

impl Roster {
    /// The person whose key this is, and the key, if it has not ended.
    pub fn active(&self, id: KeyId) -> Option<(&Person, &EnrolledKey)> {
        self.enrolled(id).filter(|(_, key)| key.end.is_none())
    }

    /// The person whose key this is, and the key, if what it signed before still stands: it is active, or
    /// it was rotated.
    pub fn stands(&self, id: KeyId) -> Option<(&Person, &EnrolledKey)> {
        self.persons
            .iter()
            .flat_map(|person| person.keys.iter().map(move |key| (person, key)))
            .find(|(_, key)| key.key.id() == id && matches!(key.end, None | Some(KeyEnd::Rotated)))
    }

    /// As [`Roster::active`], for a person who has `role`.
    pub fn active_as(&self, id: KeyId, role: Role) -> Option<(&Person, &EnrolledKey)> {
        self.active(id).filter(|(person, _)| person.roles.contains(&role))
    }
}

impl Roster {
    /// The steward at the root of a chain, if what that key signed still stands: `admitted` is the root's
    /// place in the ledger, if it is there.
    ///
    /// | the key | the root stands |
    /// |---|---|
    /// | has not ended | always |
    /// | was rotated | if it was admitted: nothing of that key is admitted any more |
    /// | was retired | no: somebody else must sign it |
    /// | is compromised since an entry | if it was admitted before that entry |
    pub fn steward_of_root(
        &self,
        issuer: KeyId,
        admitted: impl FnOnce() -> Option<u64>,
    ) -> Option<(&Person, &EnrolledKey)> {
        let (person, key) = self.enrolled(issuer)?;
        let stands = match key.end {
            None => true,
            Some(KeyEnd::Rotated) => admitted().is_some(),
            Some(KeyEnd::Retired) => false,
            Some(KeyEnd::CompromisedSince(entry)) => admitted().is_some_and(|place| place < entry),
        };
        (stands && person.roles.contains(&Role::Steward)).then_some((person, key))
    }

    /// The person whose key this is, and the key, whether it has ended or not.
    pub fn enrolled(&self, id: KeyId) -> Option<(&Person, &EnrolledKey)> {
        self.persons
            .iter()
            .flat_map(|person| person.keys.iter().map(move |key| (person, key)))
            .find(|(_, key)| key.key.id() == id)
    }
}

impl Payload for Roster {
    const KIND: Kind = Kind::Roster;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Roster, FormatError> {
        let series: Name = fields.parsed("series")?;
        if series.as_str() != "roster" {
            return Err(fields.invalid("series", "the one series of rosters is named `roster`"));
        }
        let roster = Roster {
            previous: fields.optional_parsed("previous")?,
            change_quorum: fields.count("change_quorum")?,
            persons: fields.each("persons", read_person)?,
            recovery: match fields.optional("recovery") {
                None => None,
                Some(node) => Some(Recovery::read(node, fields.at("recovery"))?),
            },
        };
        roster.check(fields)?;
        Ok(roster)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("series", "roster");
        members.put_some("previous", self.previous);
        members.put("change_quorum", number(self.change_quorum));
        members.put("persons", Value::List(self.persons.iter().map(write_person).collect()));
        members.put_some("recovery", self.recovery.as_ref().map(Recovery::write));
    }
}

impl Roster {
    fn check(&self, fields: &Fields<'_>) -> Result<(), FormatError> {
        let persons = u64::try_from(self.persons.len()).unwrap_or(u64::MAX);
        if self.persons.is_empty() || self.persons.len() > 200 {
            return Err(fields.invalid("persons", "a roster has 1 to 200 persons"));
        }
        if self.change_quorum == 0 || self.change_quorum > persons {
            return Err(fields.invalid("change_quorum", "at least 1 and at most the number of persons"));
        }
        let mut names: Vec<_> = self.persons.iter().map(|person| &person.name).collect();
        let mut keys: Vec<_> = self.persons.iter().flat_map(|p| &p.keys).map(|key| key.key.id()).collect();
        let (all_names, all_keys) = (names.len(), keys.len());
        names.sort();
        names.dedup();
        keys.sort();
        keys.dedup();
        if names.len() != all_names || keys.len() != all_keys {
            return Err(fields.invalid("persons", "a name or a key stands twice"));
        }
        if let Some(Err(why)) = self.recovery.as_ref().map(|recovery| recovery.check(self)) {
            return Err(fields.invalid("recovery", why));
        }
        Ok(())
    }
}

fn read_person(node: Node<'_>, at: At) -> Result<Person, FormatError> {
    let mut fields = Fields::of(node, at)?;
    let name = fields.parsed("name")?;
    let roles: Vec<Role> = fields.parsed_list("roles")?;
    if roles.iter().enumerate().any(|(index, role)| roles.iter().take(index).any(|earlier| earlier == role)) {
        return Err(fields.invalid("roles", "a role stands twice"));
    }
    let identities = read_identities(&mut fields)?;
    let keys = fields.each("keys", read_key)?;
    fields.finish()?;
    Ok(Person { name, roles, identities, keys })
}

fn write_person(person: &Person) -> Value {
    let mut members = Members::default();
    members.put("name", &person.name);
    members.put("roles", Value::strings(person.roles.iter().map(|role| role.as_str())));
    members.put("identities", write_identities(&person.identities));
    members.put("keys", Value::List(person.keys.iter().map(write_key_members).collect()));
    members.into_value()
}

pub(crate) fn read_identities(fields: &mut Fields<'_>) -> Result<BTreeMap<Name, Text>, FormatError> {
    let mut identities = BTreeMap::new();
    let at = fields.at("identities");
    for (connection, id) in fields.object("identities")?.into_members() {
        let bad = |why: NameError| at.field(&connection).invalid(why);
        let Node::Str(id) = id else { return Err(at.wrong("an object of strings")) };
        identities.insert(connection.parse().map_err(bad)?, id.parse().map_err(bad)?);
    }
    Ok(identities)
}

pub(crate) fn write_identities(identities: &BTreeMap<Name, Text>) -> Value {
    Value::object(identities.iter().map(|(connection, id)| (connection.as_str(), Value::from(id))))
}

fn read_key(node: Node<'_>, at: At) -> Result<EnrolledKey, FormatError> {
    let mut fields = Fields::of(node, at)?;
    let key = read_key_members(&mut fields)?;
    fields.finish()?;
    Ok(key)
}

pub(crate) fn read_key_members(fields: &mut Fields<'_>) -> Result<EnrolledKey, FormatError> {
    let key = PublicKey::read(fields)?;
    let assurance = fields.parsed("assurance")?;
    if Assurance::said_by(&key).is_some_and(|said| said != assurance) {
        return Err(fields.invalid("assurance", "not what the key itself says"));
    }
    let enrolled = fields.parsed("enrolled")?;
    let end = match fields.optional_object("end")? {
        None => None,
        Some(mut end) => {
            let how = end.str("how")?;
            let end_of_key = match how.as_ref() {
                "rotated" => KeyEnd::Rotated,
                "retired" => KeyEnd::Retired,
                "compromised" => KeyEnd::CompromisedSince(end.count("since")?),
                _ => return Err(end.invalid("how", "not one of `rotated`, `retired`, `compromised`")),
            };
            end.finish()?;
            Some(end_of_key)
        }
    };
    Ok(EnrolledKey { key, assurance, enrolled, end })
}

pub(crate) fn write_key_members(key: &EnrolledKey) -> Value {
    let mut members = Members::default();
    key.key.write(&mut members);
    members.put("assurance", key.assurance.as_str());
    members.put("enrolled", &key.enrolled);
    members.put_some(
        "end",
        key.end.map(|end| match end {
            KeyEnd::Rotated => Value::object([("how", Value::from("rotated"))]),
            KeyEnd::Retired => Value::object([("how", Value::from("retired"))]),
            KeyEnd::CompromisedSince(entry) => {
                Value::object([("how", Value::from("compromised")), ("since", number(entry))])
            }
        }),
    );
    members.into_value()
}
