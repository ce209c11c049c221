//! No secret anywhere: after many operations, tokens that were minted, the App's key and the ledger key
//! are looked for in every form and every place; and a canary planted in each is found by the same scan.

mod plant;
mod scanner;
mod tap;

use crate::stage::{BACKEND, Launch, Stage, bailiwick, files_below, merge_arguments, now, sized, word};
use bailiwick_client::{Agent, Console};
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Act, Conditions, Fault};
use bailiwick_protocol::{OperationView, Submission};
use plant::Plant;
use scanner::{Needles, Sighting};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tap::Tap;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere() {
    let mut stage = Stage::start().await;
    let places = stage.places();
    let console = Tap::on(&places.console_socket(), &stage.folder.join("c.sock")).await;
    let agent = Tap::on(&places.agent_socket(), &stage.folder.join("a.sock")).await;
    live(&stage, &console, &agent).await;
    let mut plant = Plant::new();
    plant.sockets(&console, &agent).await;
    plant.ledger(&stage, &console, &agent).await;
    plant.files(&stage.folder);
    let processes = plant.processes();

    let (secrets, tokens) = secrets(&stage);
    let needles = Needles::of(secrets.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
        .and(plant.canaries());
    let mut seen: Vec<Sighting> = Vec::new();
    let (mut files, mut bytes) = (0, 0);
    for restarted in [false, true] {
        if restarted {
            // What an end and a start write is looked at, too.
            stage.lower().await;
            stage.raise().await;
        }
        for path in files_below(&stage.folder) {
            // Sockets hold nothing.
            let Ok(content) = std::fs::read(&path) else { continue };
            seen.extend(needles.scan(&format!("file {}", path.display()), &content));
            (files, bytes) = (files + 1, bytes + content.len());
        }
    }
    for (name, content) in console.recorded().into_iter().chain(agent.recorded()) {
        seen.extend(needles.scan(name, &content));
        bytes += content.len();
    }
    let mut looked_at = 0;
    for process in std::fs::read_dir("/proc").unwrap() {
        let process = process.unwrap().path();
        for what in ["environ", "cmdline"] {
            // What this user may not read, nobody of this user reads.
            let Ok(content) = std::fs::read(process.join(what)) else { continue };
            seen.extend(needles.scan(&format!("{what} of {}", process.display()), &content));
            looked_at += 1;
        }
    }
    for (what, content) in outputs(&stage).await {
        seen.extend(needles.scan(&what, &content));
        bytes += content.len();
    }
    drop(processes);
    let (planted, found): (Vec<&Sighting>, Vec<&Sighting>) =
        seen.iter().partition(|one| plant.is_planted(one));
    let missed = plant.missed(&planted);
    println!(
        "{} secrets ({tokens} tokens) in {} forms; {files} files, {} kB, {looked_at} environments and command lines",
        secrets.len(),
        needles.forms(),
        bytes / 1024
    );
    println!(
        "planted: {} of {} found; secrets: {} found",
        plant.count() - missed.len(),
        plant.count(),
        found.len()
    );
    assert!(missed.is_empty(), "planted and not found: {missed:?}");
    assert_eq!(plant.count(), 20);
    assert!(found.is_empty(), "a secret was found: {found:#?}");
    stage.verify().await;
}

/// Many operations of every kind, good and bad, over sockets that are recorded.
async fn live(stage: &Stage, console: &Tap, agent: &Tap) {
    let holder = stage.delegate().await;
    let (console, _) = Console::at(console.path()).await.unwrap();
    let agent = Agent::connect(agent.path()).await.unwrap();
    let mut events = console.events().await.unwrap();
    let control = stage.control();
    for round in 0..sized(12, 120) {
        let branch = format!("canary-{round}");
        let conditions = match round % 4 {
            1 => Conditions::failing(),
            2 => Conditions::protected_path(),
            _ => Conditions::met(),
        };
        control.prepare_pull(BACKEND, &branch, conditions).await.unwrap();
        match round % 8 {
            3 => control.inject(Fault::on("PUT", "/repos/acme/backend/pulls/*/merge", Act::CloseAfterDoing)),
            4 => control.inject(Fault::on("POST", "/app/installations/*/access_tokens", Act::WrongShape)),
            5 => control.inject(Fault::on("POST", "/app/installations/*/access_tokens", Act::WiderToken)),
            6 => control.inject(Fault::on("DELETE", "/installation/token", Act::Status(500)).times(2)),
            7 => control.inject(Fault::on("GET", "/repos/acme/backend/pulls/*", Act::WrongJson)),
            _ => {}
        }
        let merge = stage.ask(&holder, "pulls/merge", &merge_arguments(&branch)).await;
        agent.ask(&merge).await.unwrap();
        control.clear_faults();
        let body = format!("round {round}");
        for (action, arguments) in [
            (
                "issues/create-comment",
                vec![("issue", bailiwick_authority::Argument::Int(8)), ("body", word(&body))],
            ),
            (
                "issues/create-comment",
                vec![("issue", bailiwick_authority::Argument::Int(999)), ("body", word(&body))],
            ),
            ("repos/create-deployment", vec![("ref", word(&branch)), ("environment", word("staging"))]),
        ] {
            let ask = stage.ask(&holder, action, &arguments).await;
            agent.ask(&ask).await.unwrap();
        }
    }
    console.check(crate::stage::CONNECTION).await.unwrap();
    console.capabilities().await.unwrap();
    console.operations(1_000, None).await.unwrap();
    console.ledger(0, 1_000).await.unwrap();
    let proof = bailiwick_authority::Fetch {
        holder: bailiwick_authority::Signer::public(&holder.key).clone(),
        broker: agent.greeting().broker.parse().unwrap(),
        expires: now().plus(30),
    };
    let proof = crate::stage::seal_at(&holder.key, stage.realm(), now(), proof);
    assert_eq!(agent.fetch(crate::stage::text_of(&proof)).await.unwrap().chains.len(), 1);
    let mut heard = 0;
    while let Ok(Some(_)) = tokio::time::timeout(std::time::Duration::from_millis(200), events.next()).await {
        heard += 1;
    }
    assert!(heard > 50, "{heard} events were heard");
}

/// What must be nowhere: every token that was minted, the App's key, the ledger key.
fn secrets(stage: &Stage) -> (Vec<(String, Vec<u8>)>, usize) {
    let mut secrets: Vec<(String, Vec<u8>)> = Vec::new();
    let values = stage.control().token_values_for_scan();
    for (number, value) in values.iter().enumerate() {
        secrets.push((format!("token {number}"), value.expose_secret().as_bytes().to_vec()));
    }
    let given: serde_json::Value = serde_json::from_str(&stage.secrets).unwrap();
    let ledger_key = pem_bytes(given[bailiwick_broker::LEDGER_KEY].as_str().unwrap());
    // PKCS #8: 16 bytes of header, then the seed; behind it stands the public half, which is no secret.
    secrets.push(("ledger key".into(), ledger_key[16..48].to_vec()));
    let app_key = stage.destination.key_pem.clone();
    for (number, line) in app_key.lines().filter(|line| !line.starts_with("-----")).enumerate().skip(7) {
        if line.len() == 64 {
            secrets.push((format!("line {number} of the App's key"), line.as_bytes().to_vec()));
        }
    }
    // Behind the modulus, which is public: exponent and primes.
    for at in (400..pem_bytes(&app_key).len() - 48).step_by(150) {
        secrets.push((format!("byte {at} of the App's key"), pem_bytes(&app_key)[at..at + 48].to_vec()));
    }
    (secrets, values.len())
}

fn pem_bytes(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// What the command line says about all of it.
async fn outputs(stage: &Stage) -> Vec<(String, Vec<u8>)> {
    let mut said = Vec::new();
    for words in [
        vec!["--json", "operations", "--limit", "1000"],
        vec!["--json", "receipts", "--limit", "1000"],
        vec!["operations"],
        vec!["status"],
        vec!["capabilities"],
        vec!["doctor", "--report"],
        vec!["config", "show"],
    ] {
        let output = Launch::default()
            .command(&bailiwick())
            .arg("--data-dir")
            .arg(&stage.folder)
            .arg("--no-start")
            .args(&words)
            .output()
            .await
            .unwrap();
        said.push((format!("output of {words:?}"), [output.stdout, output.stderr].concat()));
    }
    said
}

/// A destination that says the token back: what it says is quoted to people, and must not carry it.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_destination_says_back_carries_no_token() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let control = stage.control();
    let said = Arc::new(AtomicUsize::new(0));
    let echo = || {
        let (control, said) = (stage.control(), Arc::clone(&said));
        Act::Edit(Arc::new(move |body| {
            said.fetch_add(1, Ordering::Relaxed);
            let token = control.token_values_for_scan().last().unwrap().expose_secret().to_owned();
            if let Some(members) = body.as_object_mut() {
                members.insert(
                    "message".into(),
                    format!("Bad token {token} in Authorization: Bearer {token}").into(),
                );
                members.insert("name".into(), token.into());
            }
        }))
    };
    let mut views: Vec<OperationView> = Vec::new();
    for (number, (method, path)) in [
        ("GET", "/repos/acme/backend/issues/*"),
        ("GET", "/repos/acme/backend"),
        ("POST", "/repos/acme/backend/issues/*/comments"),
    ]
    .into_iter()
    .enumerate()
    {
        control.inject(Fault::on(method, path, echo()));
        let issue = if number == 0 { 999 } else { 8 };
        let arguments =
            [("issue", bailiwick_authority::Argument::Int(issue)), ("body", word(&format!("echo {number}")))];
        views.push(stage.request(&holder, "issues/create-comment", &arguments).await.unwrap());
        control.clear_faults();
    }
    // The head moves after it was evaluated, so the merge is refused with words of the destination's own.
    stage.prepare("echo").await;
    let push = Act::Before(Arc::new(|control: bailiwick_practice::Control| {
        Box::pin(async move {
            let commit = bailiwick_practice::NewCommit::by("ada").message("More").write("more.md", "more");
            control.commit(BACKEND, "echo", commit).await.unwrap();
        })
    }));
    control.inject(Fault::on("POST", "/app/installations/*/access_tokens", push).after(1));
    control.inject(Fault::on("PUT", "/repos/acme/backend/pulls/*/merge", echo()));
    views.push(stage.merge(&holder, "echo").await.unwrap());
    let (secrets, tokens) = secrets(&stage);
    let needles = Needles::of(secrets.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let mut seen = needles.scan("the views", serde_json::to_string(&views).unwrap().as_bytes());
    for path in files_below(&stage.folder) {
        let Ok(content) = std::fs::read(&path) else { continue };
        seen.extend(needles.scan(&format!("file {}", path.display()), &content));
    }
    for view in &views {
        println!("the person reads: {:?}", view.reason.as_ref().map(|reason| &reason.message));
    }
    assert_eq!(said.load(Ordering::Relaxed), 4, "the destination did not say any token back");
    println!("{tokens} tokens, four of them said back by the destination");
    assert!(seen.is_empty(), "the destination said a token, and it was written down: {seen:#?}");
}

/// Hands in what cannot be admitted, with a canary in it.
async fn submit_nonsense(console: &Console, canary: &str) {
    let submission = Submission { envelope: canary.to_owned(), policy: None, chain: Vec::new() };
    console.submit(&submission).await.unwrap_err();
}

fn write_into(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
