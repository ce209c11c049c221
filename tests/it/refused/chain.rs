//! Chains with a missing, reordered or foreign link, of another realm, children that ask for more, and
//! arguments that no grant mentions.

use super::{Case, all_refused, comment, invocation};
use crate::stage::{Holder, Stage, any_branch, exact, fresh_key, now, seal_at, text_of, word};
use bailiwick_authority::{Argument, Constraint, Digest, Envelope, Realm, Signer as _};
use bailiwick_protocol::{Ask, ErrorCode};

/// The same statement with one bit of its signature turned.
fn flipped(envelope: &str) -> String {
    let parsed = Envelope::parse(envelope.as_bytes()).unwrap();
    let mut signature = parsed.signature().to_vec();
    signature[5] ^= 1;
    let other = Envelope::new(parsed.payload_type(), parsed.payload().to_vec(), signature);
    String::from_utf8(other.to_bytes()).unwrap()
}

async fn ask(stage: &Stage, holder: &Holder) -> Ask {
    stage.ask(holder, "issues/create-comment", &comment("never seen")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_in_every_way() {
    let stage = Stage::start().await;
    let realm = stage.realm();
    let root = stage.delegate().await;
    let child = root.attenuate(realm, |_| ());
    let grandchild = child.attenuate(realm, |_| ());
    let other = stage.delegate().await.attenuate(realm, |_| ()).attenuate(realm, |_| ());
    let base = ask(&stage, &grandchild).await;
    let with = |chain: Vec<String>| Ask { chain, ..base.clone() };
    let [one, two, three] = <[String; 3]>::try_from(base.chain.clone()).unwrap();
    let not = ErrorCode::NotAuthorised;
    let mut cases = vec![
        Case::new("no link", with(vec![]), not, "a chain has 1 to 8 links"),
        Case::new("the root is missing", with(vec![two.clone(), three.clone()]), not, "link 1 was not made"),
        Case::new(
            "the middle is missing",
            with(vec![one.clone(), three.clone()]),
            not,
            "link 2 was not made",
        ),
        Case::new(
            "the leaf is missing",
            with(vec![one.clone(), two.clone()]),
            not,
            "holder of the last link",
        ),
        Case::new(
            "reversed",
            with(vec![three.clone(), two.clone(), one.clone()]),
            not,
            "link 1 was not made",
        ),
        Case::new("swapped", with(vec![one.clone(), three.clone(), two.clone()]), not, "link 2 was not made"),
        Case::new(
            "doubled",
            with(vec![one.clone(), one.clone(), two.clone(), three.clone()]),
            not,
            "link 2 was not made",
        ),
        Case::new("nine links", with(vec![one.clone(); 9]), not, "a chain has 1 to 8 links"),
        Case::new(
            "a foreign link in the middle",
            with(vec![one.clone(), text_of(&other.chain[1]), three.clone()]),
            not,
            "link 2 was not made",
        ),
        Case::new(
            "a foreign root",
            with(vec![text_of(&other.chain[0]), two.clone(), three.clone()]),
            not,
            "link 2 was not made",
        ),
        Case::new(
            "an empty link",
            with(vec![one.clone(), String::new(), three.clone()]),
            ErrorCode::BadStatement,
            "link 2 is not a capability",
        ),
        Case::new(
            "an invocation as a link",
            with(vec![one.clone(), base.invocation.clone()]),
            ErrorCode::BadStatement,
            "link 2 is not a capability",
        ),
    ];

    // Signed by somebody who is nobody, and by the agent for itself.
    let stranger = fresh_key();
    for (what, signer) in
        [("a root that a stranger signed", &stranger), ("a root that its holder signed", &root.key)]
    {
        let holder = Holder {
            key: fresh_key(),
            chain: vec![seal_at(signer, realm, now(), stage.story_capability(root.key.public()))],
        };
        let body = invocation(&stage, &holder).await;
        let signed = seal_at(&root.key, realm, now(), body);
        let ask = Ask { chain: holder.envelopes(), invocation: text_of(&signed), wait_ms: 60_000 };
        cases.push(Case::new(what, ask, not, "not issued by a steward's key"));
    }
    // A child that somebody else than the parent's holder signed.
    let mut stolen = root.chain[0].body().clone();
    stolen.parent = Some(root.chain[0].digest());
    stolen.holder = stranger.public().clone();
    stolen.max_depth = 0;
    let stolen = seal_at(&stranger, realm, now(), stolen);
    let thief = Holder { key: fresh_key(), chain: vec![root.chain[0].clone(), stolen] };
    let body = invocation(&stage, &thief).await;
    let signed = seal_at(&stranger, realm, now(), body);
    let request = Ask { chain: thief.envelopes(), invocation: text_of(&signed), wait_ms: 60_000 };
    cases.push(Case::new("a child that a stranger signed", request, not, "link 2 was not made"));

    // The right chain, and somebody else's proof of possession.
    let signed = seal_at(&stranger, realm, now(), invocation(&stage, &grandchild).await);
    cases.push(Case::new(
        "another's proof",
        Ask { invocation: text_of(&signed), ..base.clone() },
        not,
        "holder of the last link",
    ));
    let mut body = invocation(&stage, &grandchild).await;
    body.broker = Digest::of(b"another broker").to_string().parse().unwrap();
    cases.push(Case::new(
        "for another broker",
        stage.ask_of(&grandchild, body),
        not,
        "meant for another broker",
    ));
    let mut body = invocation(&stage, &grandchild).await;
    body.leaf = child.chain[1].digest();
    cases.push(Case::new(
        "names another leaf",
        stage.ask_of(&grandchild, body),
        not,
        "holder of the last link",
    ));

    // A flipped bit in a signature.
    for (number, chain) in [
        (1, [flipped(&one), two.clone(), three.clone()]),
        (2, [one.clone(), flipped(&two), three.clone()]),
        (3, [one.clone(), two.clone(), flipped(&three)]),
    ] {
        let says =
            ["the signature of link 1", "the signature of link 2", "the signature of link 3"][number - 1];
        cases.push(Case::new(format!("link {number} damaged"), with(chain.to_vec()), not, says));
    }
    let invocation = flipped(&base.invocation);
    cases.push(Case::new(
        "a damaged proof",
        Ask { invocation, ..base.clone() },
        not,
        "holder of the last link",
    ));
    all_refused(&stage, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_another_realm() {
    let (stage, other) = (Stage::start().await, Stage::start().await);
    let own = stage.delegate().await;
    let mut cases = Vec::new();
    // All of it from the other realm.
    let foreign = other.delegate().await;
    let mut body = other.invocation(&foreign, "issues/create-comment", &comment("never seen")).await;
    cases.push(Case::new(
        "another realm's story",
        other.ask_of(&foreign, body.clone()),
        ErrorCode::NotAuthorised,
        "link 1 belongs to another realm",
    ));
    // Its chain, asked of this broker, with this realm's invocation.
    body.broker = stage.agent().await.greeting().broker.parse().unwrap();
    let signed = seal_at(&foreign.key, stage.realm(), now(), body);
    let request = Ask { chain: foreign.envelopes(), invocation: text_of(&signed), wait_ms: 60_000 };
    cases.push(Case::new(
        "another realm's chain",
        request,
        ErrorCode::NotAuthorised,
        "link 1 belongs to another realm",
    ));
    // This realm's chain with the other realm's invocation, child, and genesis realm.
    for (what, realm) in
        [("another realm's invocation", other.realm()), ("the genesis realm's invocation", Realm::Genesis)]
    {
        let signed = seal_at(&own.key, realm, now(), invocation(&stage, &own).await);
        let request = Ask { chain: own.envelopes(), invocation: text_of(&signed), wait_ms: 60_000 };
        cases.push(Case::new(
            what,
            request,
            ErrorCode::NotAuthorised,
            "the invocation belongs to another realm",
        ));
    }
    let child = own.attenuate(other.realm(), |_| ());
    cases.push(Case::new(
        "a child of another realm",
        ask(&stage, &child).await,
        ErrorCode::NotAuthorised,
        "link 2 belongs to another realm",
    ));
    all_refused(&stage, cases).await;

    // Persons' statements of the other realm are not admitted, whoever signed them.
    let console = stage.console().await;
    let capability = other.story_capability(fresh_key().public());
    let foreign = seal_at(&stage.steward, other.realm(), now(), capability);
    let error = crate::stage::submit(&console, &foreign, None).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::BadStatement, "it belongs to another realm")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_asks_for_more() {
    let stage = Stage::start().await;
    let realm = stage.realm();
    let root = stage
        .delegate_with(|capability| {
            capability.grants.truncate(2);
            capability.max_uses = Some(5);
            capability.rate = Some(bailiwick_authority::Rate { uses: 3, seconds: 60 });
            capability.max_depth = 1;
        })
        .await;
    let elsewhere = stage.resource("acme/infra");
    type Change = Box<dyn FnOnce(&mut bailiwick_authority::Capability)>;
    let deploy =
        stage.grant("repos/create-deployment", &[("ref", any_branch()), ("environment", exact("staging"))]);
    let changes: Vec<(&'static str, &'static str, Change)> = vec![
        (
            "another action",
            "its grant 3 lies within no single grant",
            Box::new(move |child| child.grants.push(deploy)),
        ),
        (
            "another repository",
            "its grant 1 lies within no single grant",
            Box::new(move |child| child.grants[0].resources.push(elsewhere)),
        ),
        (
            "another target",
            "its grant 1 lies within no single grant",
            Box::new(|child| drop(child.grants[0].arguments.insert("target".into(), any_branch()))),
        ),
        (
            "an argument more",
            "its grant 1 lies within no single grant",
            Box::new(|child| drop(child.grants[0].arguments.insert("merge_method".into(), exact("squash")))),
        ),
        (
            "an argument less",
            "its grant 2 lies within no single grant",
            Box::new(|child| drop(child.grants[1].arguments.remove("body"))),
        ),
        (
            "a wider range",
            "its grant 2 lies within no single grant",
            Box::new(|child| {
                drop(child.grants[1].arguments.insert("issue".into(), Constraint::Range(0, 2_000_000)))
            }),
        ),
        (
            "another connection",
            "its grant 1 lies within no single grant",
            Box::new(|child| child.grants[0].connection = crate::stage::named("elsewhere")),
        ),
        (
            "another catalogue",
            "its grant 1 lies within no single grant",
            Box::new(|child| child.grants[0].catalogue = crate::stage::named("github-2")),
        ),
        ("a longer life", "it outlives its parent", Box::new(|child| child.expires = child.expires.plus(1))),
        (
            "an earlier beginning",
            "it begins before its parent",
            Box::new(|child| {
                child.not_before =
                    bailiwick_authority::Timestamp::from_seconds(child.not_before.seconds() - 1).unwrap();
            }),
        ),
        ("more uses", "it may be used more often", Box::new(|child| child.max_uses = Some(6))),
        ("uses without end", "it may be used more often", Box::new(|child| child.max_uses = None)),
        (
            "a faster rate",
            "it may be used faster",
            Box::new(|child| child.rate = Some(bailiwick_authority::Rate { uses: 4, seconds: 60 })),
        ),
        ("no rate", "it may be used faster", Box::new(|child| child.rate = None)),
        ("as much depth", "it may be passed on further", Box::new(|child| child.max_depth = 1)),
    ];
    let mut cases = Vec::new();
    for (what, says, change) in changes {
        let child = root.attenuate(realm, change);
        cases.push(Case::new(what, ask(&stage, &child).await, ErrorCode::NotAuthorised, says));
    }
    let leaf = root.attenuate(realm, |_| ());
    let deeper = leaf.attenuate(realm, |_| ());
    cases.push(Case::new(
        "too deep",
        ask(&stage, &deeper).await,
        ErrorCode::NotAuthorised,
        "it may be passed on further",
    ));
    all_refused(&stage, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_that_no_grant_mentions_or_allows() {
    let stage = Stage::start().await;
    let root = stage.delegate().await;
    let comments_only = root.attenuate(stage.realm(), |child| {
        child.grants.retain(|grant| grant.actions[0].as_str() == "issues/create-comment")
    });
    let merge = |more: Vec<(&'static str, Argument)>| {
        [("branch", word("feat-123")), ("target", word("main"))].into_iter().chain(more).collect::<Vec<_>>()
    };
    let mut cases = Vec::new();
    for (what, holder, action, arguments, says) in [
        (
            "a method that no grant mentions",
            &root,
            "pulls/merge",
            merge(vec![("merge_method", word("squash"))]),
            "link 1 does not allow the argument `merge_method`",
        ),
        (
            "an argument that no action has",
            &root,
            "pulls/merge",
            merge(vec![("force", Argument::Bool(true))]),
            "`force`",
        ),
        (
            "another target",
            &root,
            "pulls/merge",
            vec![("branch", word("feat-123")), ("target", word("release"))],
            "`target`",
        ),
        (
            "a number as text",
            &root,
            "issues/create-comment",
            vec![("issue", word("8")), ("body", word("x"))],
            "`issue`",
        ),
        (
            "a number out of range",
            &root,
            "issues/create-comment",
            vec![("issue", Argument::Int(0)), ("body", word("x"))],
            "`issue`",
        ),
        (
            "production",
            &root,
            "repos/create-deployment",
            vec![("ref", word("main")), ("environment", word("production"))],
            "`environment`",
        ),
        (
            "an action that the child gave up",
            &comments_only,
            "pulls/merge",
            merge(vec![]),
            "no grant of link 2 names this action",
        ),
    ] {
        cases.push(Case::new(
            what,
            stage.ask(holder, action, &arguments).await,
            ErrorCode::NotAuthorised,
            says,
        ));
    }
    // A list of which every member is allowed is allowed; that the action takes no list is the action's to say.
    let listed = vec![("branch", word("feat-123")), ("target", Argument::Strings(vec!["main".into()]))];
    let listed = stage.ask(&root, "pulls/merge", &listed).await;
    cases.push(Case::new("a list", listed, ErrorCode::BadArgument, "the argument `target` is not a text"));
    let short = stage.ask(&root, "pulls/merge", &[("branch", word("feat-123"))]).await;
    cases.push(Case::new(
        "an argument left out",
        short,
        ErrorCode::NotAuthorised,
        "link 1 does not allow the argument `target`",
    ));
    let narrow = root.attenuate(stage.realm(), |child| {
        child.grants.truncate(1);
        child.grants[0].arguments.insert("branch".into(), exact("feat-a"));
    });
    let ask = stage.ask(&narrow, "pulls/merge", &merge(vec![])).await;
    cases.push(Case::new(
        "outside what the child was given",
        ask,
        ErrorCode::NotAuthorised,
        "link 2 does not allow the argument `branch`",
    ));
    all_refused(&stage, cases).await;
}
