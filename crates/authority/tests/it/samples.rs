//! Random bodies of every kind, for properties. Small alphabets, so that things meet.

use crate::harness::keys::key;
use bailiwick_authority::{
    ActionId, Alarm, Answer, Approval, Argument, Ask, Assurance, Capability, Connection, Constraint,
    Credential, Digest, EnrolledKey, Fetch, Finding, GitHubApp, Grant, Halt, Invitation, Invocation, KeyEnd,
    KeyId, Name, Nonce, Outcome, Pause, Person, PolicySet, PublicKey, Rate, Receipt, Request, Resource,
    ResourceId, Resume, Revocation, Role, Roster, Session, Signer, Standing, Target, Text, Timestamp, Value,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Debug;
use std::str::FromStr;

fn parsed<T: FromStr<Err: Debug> + Debug>(pattern: &'static str) -> impl Strategy<Value = T> {
    pattern.prop_map(|text: String| text.parse().unwrap())
}

pub(crate) fn name() -> impl Strategy<Value = Name> {
    parsed("[a-z0-9][a-z0-9._-]{0,62}")
}

pub(crate) fn text() -> impl Strategy<Value = Text> {
    parsed("[ -~äöü東京🦊]{1,80}")
}

pub(crate) fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

pub(crate) fn key_id() -> impl Strategy<Value = KeyId> {
    digest().prop_map(|digest| digest.to_string().parse().unwrap())
}

pub(crate) fn public_key() -> impl Strategy<Value = PublicKey> {
    select(vec!["agent-1", "agent-2", "agent-3"]).prop_map(|name| key(name).public().clone())
}

pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    (0..=253_402_300_799_u64).prop_map(|seconds| Timestamp::from_seconds(seconds).unwrap())
}

pub(crate) fn nonce() -> impl Strategy<Value = Nonce> {
    any::<[u8; 16]>().prop_map(Nonce)
}

/// A number that JSON carries.
fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..1_000_u64, 0..=9_007_199_254_740_991_u64]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-9_007_199_254_740_991..=9_007_199_254_740_991_i64).prop_map(Value::Int),
        any::<String>().prop_map(Value::Str),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            btree_map(any::<String>(), inner, 0..3).prop_map(Value::Object),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    btree_map(any::<String>(), anything(), 0..3).prop_map(Value::Object)
}

fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![scalar(), vec(any::<String>(), 0..3).prop_map(Argument::Strings)]
}

fn scalar() -> impl Strategy<Value = Argument> {
    prop_oneof![
        any::<String>().prop_map(Argument::Str),
        (-9_007_199_254_740_991..=9_007_199_254_740_991_i64).prop_map(Argument::Int),
        any::<bool>().prop_map(Argument::Bool),
    ]
}

fn constraint() -> impl Strategy<Value = Constraint> {
    prop_oneof![
        scalar().prop_map(Constraint::Exact),
        vec(scalar(), 1..4).prop_map(Constraint::OneOf),
        any::<String>().prop_map(Constraint::Glob),
        (-1_000..1_000_i64, 0..1_000_i64).prop_map(|(min, more)| Constraint::Range(min, min + more)),
        "[a-z]{1,3}(/[a-z.]{0,2}[a-z]){0,2}".prop_map(Constraint::PathPrefix),
        "refs/[a-z*/]{0,9}".prop_map(Constraint::Ref),
    ]
}

fn resource() -> impl Strategy<Value = Resource> {
    (parsed::<ResourceId>("[a-z-]{1,9}:[A-Za-z0-9._-]{1,9}"), text())
        .prop_map(|(id, name)| Resource { id, name })
}

fn action() -> impl Strategy<Value = ActionId> {
    parsed("[a-z0-9-]{1,9}/[a-z0-9-]{1,9}")
}

fn grant() -> impl Strategy<Value = Grant> {
    let arguments = btree_map("[a-z][a-z0-9_]{0,9}", constraint(), 0..3);
    (name(), name(), vec(action(), 1..3), vec(resource(), 1..3), arguments).prop_map(
        |(connection, catalogue, actions, resources, arguments)| Grant {
            connection,
            catalogue,
            actions,
            resources,
            arguments,
        },
    )
}

pub(crate) fn capability() -> impl Strategy<Value = Capability> {
    let rate = (1..1_000_u64, 1..=86_400_u64).prop_map(|(uses, seconds)| Rate { uses, seconds });
    let life = (0..253_402_300_000_u64, 1..=799_u64);
    let limits = (option::of(1..1_000_u64), option::of(rate), count());
    (option::of(digest()), public_key(), text(), vec(grant(), 1..3), life, limits, text()).prop_map(
        |(parent, holder, label, grants, (begins, life), (max_uses, rate, max_depth), purpose)| Capability {
            parent,
            holder,
            label,
            grants,
            not_before: Timestamp::from_seconds(begins).unwrap(),
            expires: Timestamp::from_seconds(begins + life).unwrap(),
            max_uses,
            rate,
            max_depth,
            purpose,
        },
    )
}

pub(crate) fn invocation() -> impl Strategy<Value = Invocation> {
    let arguments = btree_map("[a-z][a-z0-9_]{0,9}", argument(), 0..3);
    (digest(), key_id(), action(), name(), resource(), arguments, time(), object()).prop_map(
        |(leaf, broker, action, connection, resource, arguments, expires, claims)| Invocation {
            leaf,
            broker,
            action,
            connection,
            resource,
            arguments,
            expires,
            claims,
        },
    )
}

pub(crate) fn roster() -> impl Strategy<Value = Roster> {
    let end =
        prop_oneof![Just(KeyEnd::Rotated), Just(KeyEnd::Retired), count().prop_map(KeyEnd::CompromisedSince)];
    let assurance =
        select(vec![Assurance::File, Assurance::Keychain, Assurance::SyncedPasskey, Assurance::DeviceBound]);
    let enrolled = (assurance, text(), option::of(end));
    let roles = select(vec![
        vec![],
        vec![Role::Steward],
        vec![Role::Approver, Role::Security],
        vec![Role::Security, Role::Steward, Role::Approver],
    ]);
    let person = (roles, btree_map(name(), text(), 0..3), enrolled);
    (option::of(digest()), vec(person, 1..4)).prop_map(|(previous, persons)| Roster {
        previous,
        change_quorum: u64::try_from(persons.len()).unwrap(),
        persons: ["ada", "ben", "cleo"]
            .into_iter()
            .zip(persons)
            .map(|(name, (roles, identities, (assurance, enrolled, end)))| Person {
                name: name.parse().unwrap(),
                roles,
                identities,
                keys: vec![EnrolledKey { key: key(name).public().clone(), assurance, enrolled, end }],
            })
            .collect(),
        recovery: None,
    })
}

pub(crate) fn connection() -> impl Strategy<Value = Connection> {
    let api =
        select(vec!["https://api.github.com", "https://ghe.example:8443/api/v3", "http://127.0.0.1:4001"]);
    let proxy = select(vec!["http://proxy.example:3128", "https://10.0.0.1"]);
    let more = (option::of(any::<String>()), option::of(proxy));
    (name(), option::of(digest()), api, (count(), count()), digest(), more).prop_map(
        |(series, previous, api, (app, installation), root, (certificate_authority, proxy))| Connection {
            series,
            previous,
            api: api.into(),
            github: GitHubApp { app, installation },
            root,
            certificate_authority,
            proxy: proxy.map(Into::into),
        },
    )
}

pub(crate) fn policy() -> impl Strategy<Value = PolicySet> {
    (option::of(digest()), digest(), digest(), digest(), digest())
        .prop_map(|(previous, guard, ask, schema, data)| PolicySet { previous, guard, ask, schema, data })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        digest().prop_map(Target::Capability),
        key_id().prop_map(Target::Agent),
        name().prop_map(Target::Person),
        name().prop_map(Target::Connection),
        digest().prop_map(Target::Standing),
    ]
}

pub(crate) fn revocation() -> impl Strategy<Value = Revocation> {
    (target(), text()).prop_map(|(target, reason)| Revocation { target, reason })
}

pub(crate) fn halt() -> impl Strategy<Value = Halt> {
    text().prop_map(|reason| Halt { reason })
}

pub(crate) fn pause() -> impl Strategy<Value = Pause> {
    let target = prop_oneof![key_id().prop_map(Target::Agent), Just(Target::Everything)];
    (target, count()).prop_map(|(target, uid)| Pause { target, uid })
}

pub(crate) fn resume() -> impl Strategy<Value = Resume> {
    digest().prop_map(|lifts| Resume { lifts })
}

pub(crate) fn fetch() -> impl Strategy<Value = Fetch> {
    (public_key(), key_id(), time()).prop_map(|(holder, broker, expires)| Fetch { holder, broker, expires })
}

pub(crate) fn session() -> impl Strategy<Value = Session> {
    (key_id(), text(), time()).prop_map(|(broker, console, expires)| Session { broker, console, expires })
}

pub(crate) fn invitation() -> impl Strategy<Value = Invitation> {
    let assurance = select(vec![Assurance::File, Assurance::Keychain]);
    let key = (public_key(), assurance, text()).prop_map(|(key, assurance, enrolled)| EnrolledKey {
        key,
        assurance,
        enrolled,
        end: None,
    });
    (name(), btree_map(name(), text(), 0..3), key, time())
        .prop_map(|(name, identities, key, expires)| Invitation { name, identities, key, expires })
}

pub(crate) fn alarm() -> impl Strategy<Value = Alarm> {
    (name(), digest(), name(), key_id(), option::of(name()), text()).prop_map(
        |(code, statement, kind, key, person, text)| Alarm { code, statement, kind, key, person, text },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    select(vec![
        Outcome::Succeeded,
        Outcome::Failed,
        Outcome::Denied,
        Outcome::Expired,
        Outcome::Halted,
        Outcome::Unknown,
    ])
}

fn credential() -> impl Strategy<Value = Credential> {
    let ends = (option::of(time()), name(), option::of(count()));
    (name(), name(), anything(), option::of(digest()), time(), ends).prop_map(
        |(purpose, kind, scope, sha256, requested, (expires, end, life_ms))| Credential {
            purpose,
            kind,
            scope,
            sha256,
            requested,
            expires,
            end,
            life_ms,
        },
    )
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    let who = (option::of(name()), vec(digest(), 0..3), vec(text(), 0..3), key_id(), anything());
    let arguments = btree_map("[a-z][a-z0-9_]{0,9}", argument(), 0..3);
    let what = (action(), vec(text(), 0..3), name(), resource(), arguments);
    let agreed = (option::of(digest()), vec(digest(), 0..3));
    let why =
        (option::of(digest()), option::of(anything()), agreed, option::of(anything()), vec(digest(), 0..3));
    let with = (vec(credential(), 0..3), option::of(anything()), vec(text(), 0..3));
    let when = (time(), count(), anything());
    let end = (digest(), outcome(), option::of((name(), text())));
    (end, who, what, why, with, when).prop_map(
        |(
            (operation, outcome, reason),
            (person, chain, path, agent, process),
            (action, effects, connection, resource, arguments),
            (policy, decision, (request, approvals), facts, observations),
            (credentials, output, unpinned),
            (received, elapsed_ms, engine),
        )| Receipt {
            operation,
            outcome,
            reason,
            person,
            chain,
            path,
            agent,
            process,
            action,
            effects,
            connection,
            resource,
            arguments,
            policy,
            decision,
            request,
            approvals,
            facts,
            observations,
            credentials,
            output,
            unpinned,
            received,
            elapsed_ms,
            engine,
        },
    )
}

pub(crate) fn finding() -> impl Strategy<Value = Finding> {
    (digest(), digest(), outcome(), text(), option::of(anything())).prop_map(
        |(operation, receipt, outcome, text, output)| Finding { operation, receipt, outcome, text, output },
    )
}

fn ask() -> impl Strategy<Value = Ask> {
    let assurance =
        option::of(select(vec![Assurance::Keychain, Assurance::SyncedPasskey, Assurance::DeviceBound]));
    let role = select(vec![Role::Steward, Role::Approver, Role::Security]);
    let excluded = proptest::collection::btree_set(name(), 0..3);
    (name(), text(), text(), 1..9_u64, role, assurance, excluded).prop_map(
        |(policy, title, because, count, role, assurance, excluded)| Ask {
            policy,
            title,
            because,
            count,
            role,
            assurance,
            excluded: excluded.into_iter().collect(),
        },
    )
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let who = (name(), vec(digest(), 1..3), vec(text(), 0..3), key_id(), anything());
    let arguments = btree_map("[a-z][a-z0-9_]{0,9}", argument(), 0..3);
    let what = (action(), text(), vec(text(), 0..3), name(), digest(), resource(), arguments);
    let why = (digest(), digest(), vec(ask(), 1..4));
    (digest(), who, what, why, anything(), object(), time()).prop_map(
        |(
            operation,
            (person, chain, path, agent, process),
            (action, sentence, effects, connection, connection_statement, resource, arguments),
            (facts, policy, asks),
            credential,
            claims,
            expires,
        )| Request {
            operation,
            chain,
            person,
            path,
            agent,
            process,
            action,
            sentence,
            effects,
            connection,
            connection_statement,
            resource,
            arguments,
            facts,
            policy,
            asks,
            credential,
            claims,
            expires,
        },
    )
}

pub(crate) fn approval() -> impl Strategy<Value = Approval> {
    let answer = select(vec![Answer::Approve, Answer::Deny]);
    (digest(), answer, option::of(text())).prop_map(|(target, answer, reason)| Approval {
        target,
        answer,
        reason,
    })
}

pub(crate) fn standing() -> impl Strategy<Value = Standing> {
    let bounds = btree_map("[a-z][a-z0-9_]{0,9}", constraint(), 0..3);
    let what = (name(), action(), resource(), bounds);
    (digest(), digest(), vec(name(), 1..3), key_id(), what, 1..99_u64, time()).prop_map(
        |(request, policy, asks, agent, (connection, action, resource, arguments), max_uses, expires)| {
            Standing {
                request,
                policy,
                asks,
                agent,
                connection,
                action,
                resource,
                arguments,
                max_uses,
                expires,
            }
        },
    )
}
