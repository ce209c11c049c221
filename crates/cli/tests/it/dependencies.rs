//! Who may depend on whom, as ARCHITECTURE.md says it: read from cargo's metadata and from the sources.
//!
//! The tests' user may have no cargo: then the metadata is in the file that BAILIWICK_CARGO_METADATA names.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a crate depends on to be built and to run, on this system.
struct Graph {
    /// Package ids to names.
    names: BTreeMap<String, String>,
    /// Package ids to the ids of normal dependencies.
    edges: BTreeMap<String, Vec<String>>,
    metadata: Value,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Value {
    let text = match std::env::var_os("BAILIWICK_CARGO_METADATA") {
        Some(file) => std::fs::read(file).unwrap(),
        None => {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut command = std::process::Command::new(cargo);
            // What only other systems need may not be here.
            let rustc = std::process::Command::new("rustc").arg("-vV").output().unwrap().stdout;
            let host = String::from_utf8(rustc).unwrap();
            let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            command.args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host]);
            command.current_dir(root());
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        }
    };
    serde_json::from_slice(&text).unwrap()
}

impl Graph {
    fn read() -> Graph {
        let metadata = metadata();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages = metadata["packages"].as_array().unwrap();
        let names = packages.iter().map(|one| (text(&one["id"]), text(&one["name"]))).collect();
        let normal = |dependency: &&Value| {
            dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
        };
        let edges = metadata["resolve"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| {
                let dependencies = node["deps"].as_array().unwrap().iter().filter(normal);
                (text(&node["id"]), dependencies.map(|one| text(&one["pkg"])).collect())
            })
            .collect();
        Graph { names, edges, metadata }
    }

    fn id(&self, name: &str) -> &str {
        let found = self.names.iter().find(|(_, known)| *known == name);
        found.unwrap_or_else(|| panic!("there is no package `{name}`")).0
    }

    /// The names of what a package depends on itself.
    fn direct(&self, name: &str) -> BTreeSet<&str> {
        self.edges[self.id(name)].iter().map(|id| self.names[id].as_str()).collect()
    }

    /// Those of ours among them.
    fn ours(&self, name: &str) -> BTreeSet<&str> {
        self.direct(name).into_iter().filter(|one| one.starts_with("bailiwick-")).collect()
    }

    /// The names of what a package depends on, itself or through others.
    fn all(&self, name: &str) -> BTreeSet<&str> {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![self.id(name)];
        while let Some(id) = next.pop() {
            for dependency in &self.edges[id] {
                if found.insert(dependency) {
                    next.push(dependency);
                }
            }
        }
        found.into_iter().map(|id| self.names[id].as_str()).collect()
    }

    /// The features of a dependency that `name` asks for.
    fn features(&self, name: &str, dependency: &str) -> Vec<String> {
        let packages = self.metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|one| one["name"] == name).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap();
        let found =
            dependencies.iter().find(|one| one["name"] == dependency && one["kind"].is_null()).unwrap();
        serde_json::from_value(found["features"].clone()).unwrap()
    }

    /// Nothing that `name` rests on is one of these.
    #[track_caller]
    fn forbid(&self, name: &str, forbidden: &[&str]) {
        let all = self.all(name);
        let found: Vec<_> = forbidden.iter().filter(|one| all.contains(*one)).collect();
        assert!(found.is_empty(), "{name} rests on {found:?}");
    }
}

/// What runs, listens, stores or decides.
const ENGINE: [&str; 7] =
    ["tokio", "hyper", "axum", "rusqlite", "cedar-policy", "bailiwick-broker", "bailiwick-practice"];

/// What a pure crate does not do. An address is a value; a socket is none.
const EFFECTS: [&str; 11] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "SystemTime",
    "Instant",
];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found
}

/// The lines of code in a folder that name one of these, outside comments, except in `but` files.
fn naming(folder: &str, names: &[&str], but: impl Fn(&Path) -> bool) -> Vec<String> {
    let base = root().join(folder);
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        let short = path.strip_prefix(&base).unwrap();
        if but(short) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let code = line.split("//").next().unwrap_or_default();
            if names.iter().any(|name| code.contains(name)) {
                found.push(format!("{folder}/{}:{number}: {}", short.display(), line.trim()));
            }
        }
    }
    found
}

fn set<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    names.iter().copied().collect()
}

#[test]
fn authority_is_pure() {
    let graph = Graph::read();
    assert_eq!(graph.ours("bailiwick-authority"), set(&[]));
    graph.forbid("bailiwick-authority", &ENGINE);
    graph
        .forbid("bailiwick-authority", &["getrandom", "rand", "jiff", "chrono", "time", "tracing", "rustix"]);
    assert_eq!(naming("crates/authority/src", &EFFECTS, |_| false), Vec::<String>::new());
}

#[test]
fn a_card_is_drawn_from_what_is_there() {
    let graph = Graph::read();
    assert_eq!(graph.ours("bailiwick-card"), set(&["bailiwick-authority", "bailiwick-protocol"]));
    graph.forbid("bailiwick-card", &ENGINE);
    assert_eq!(naming("crates/card/src", &EFFECTS, |_| false), Vec::<String>::new());
}

#[test]
fn the_ledgers_pure_half_stores_nothing() {
    let graph = Graph::read();
    assert_eq!(graph.ours("bailiwick-ledger"), set(&["bailiwick-authority"]));
    let packages = graph.metadata["packages"].as_array().unwrap();
    let ledger = packages.iter().find(|one| one["name"] == "bailiwick-ledger").unwrap();
    let always: BTreeSet<&str> = ledger["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["kind"].is_null() && one["optional"] == false)
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(always, set(&["bailiwick-authority", "thiserror"]));
    let store = |path: &Path| path.starts_with("store") || path == Path::new("store.rs");
    assert_eq!(naming("crates/ledger/src", &EFFECTS, store), Vec::<String>::new());
    assert_eq!(naming("crates/ledger/src", &["rusqlite"], store), Vec::<String>::new());
}

#[test]
fn clients_have_no_engine_behind_them() {
    let graph = Graph::read();
    assert_eq!(graph.ours("bailiwick-protocol"), set(&[]));
    graph.forbid("bailiwick-protocol", &ENGINE);
    assert_eq!(graph.ours("bailiwick-client"), set(&["bailiwick-authority", "bailiwick-protocol"]));
    let behind = ["rusqlite", "cedar-policy", "axum", "bailiwick-broker", "bailiwick-practice"];
    graph.forbid("bailiwick-client", &behind);
    graph.forbid("bailiwick-keystore", &ENGINE[1..]);
    graph.forbid("bailiwick-ceremony", &behind);
    assert!(!graph.ours("bailiwick-ceremony").contains("bailiwick-client"));
    assert_eq!(graph.ours("bailiwick-keystore"), set(&[]));
    let persons = ["authority", "card", "ceremony", "client", "keystore", "ledger", "protocol"];
    let persons: Vec<String> = persons.iter().map(|name| format!("bailiwick-{name}")).collect();
    assert_eq!(graph.ours("bailiwick-person"), persons.iter().map(String::as_str).collect());
    graph.forbid("bailiwick-person", &["clap", "gtk", "tauri"]);
    // The workspace's graph has the ledger's store, which the broker asks for; the person's side does not.
    assert_eq!(graph.features("bailiwick-person", "bailiwick-ledger"), Vec::<String>::new());
    // The console is a client and nothing more.
    let console = ["authority", "card", "client", "keystore", "person", "protocol"];
    let console: Vec<String> = console.iter().map(|name| format!("bailiwick-{name}")).collect();
    assert_eq!(graph.ours("bailiwick-console"), console.iter().map(String::as_str).collect());
    for name in ["bailiwick-person", "bailiwick-console"] {
        graph.forbid(name, &["cedar-policy", "axum", "bailiwick-broker", "bailiwick-practice"]);
    }
    graph.forbid("bailiwick-console", &["tauri-plugin-fs", "tauri-plugin-http", "tauri-plugin-shell"]);
}

#[test]
fn the_broker_has_no_persons_key_and_the_range_knows_nothing_of_bailiwick() {
    let graph = Graph::read();
    let below = [
        "bailiwick-authority",
        "bailiwick-card",
        "bailiwick-keystore",
        "bailiwick-ledger",
        "bailiwick-protocol",
    ];
    assert_eq!(graph.ours("bailiwick-broker"), set(&below));
    graph.forbid("bailiwick-broker", &["bailiwick-client", "bailiwick-practice", "bailiwick-cli"]);
    let persons = ["PersonKey", "DelegationItem", "KeyFile", "Ed25519Signer"];
    let tests = |path: &Path| path.file_stem().is_some_and(|stem| stem == "tests");
    assert_eq!(naming("crates/broker/src", &persons, tests), Vec::<String>::new());
    assert!(!graph.all("bailiwick-practice").iter().any(|one| one.starts_with("bailiwick-")));
    assert_eq!(naming("crates/practice/src", &["bailiwick_"], |_| false), Vec::<String>::new());
}

#[test]
fn only_the_verbs_that_compose_name_the_broker_and_the_range() {
    let graph = Graph::read();
    let composing = |path: &Path| {
        let verb = |name: &str| {
            path == Path::new("command").join(name).with_extension("rs")
                || path.starts_with(Path::new("command").join(name))
        };
        verb("broker")
            || verb("practice")
            || verb("drill")
            || verb("policy")
            || path == Path::new("rehearsal.rs")
    };
    let composed = ["bailiwick_broker", "bailiwick_practice"];
    assert_eq!(naming("crates/cli/src", &composed, composing), Vec::<String>::new());
    let direct = graph.direct("bailiwick-cli");
    let engine = ["rusqlite", "cedar-policy", "axum", "hyper", "jsonwebtoken"];
    assert!(engine.iter().all(|one| !direct.contains(one)), "{direct:?}");
    // The test itself sees something where something is.
    assert!(!naming("crates/cli/src", &composed, |_| false).is_empty());
}

#[test]
fn nothing_that_is_shipped_rests_on_what_tests_stand_on() {
    let graph = Graph::read();
    for name in ["bailiwick-cli", "bailiwick-broker", "bailiwick-authority", "bailiwick-ceremony"] {
        graph.forbid(name, &["bailiwick-testkit", "p256"]);
    }
}

#[test]
fn only_the_protocol_derives_serde_for_the_wire() {
    let derives = ["Serialize", "Deserialize"];
    for folder in ["crates/authority/src", "crates/ledger/src"] {
        let found = naming(folder, &derives, |_| false);
        let derived: Vec<&String> = found.iter().filter(|line| line.contains("derive")).collect();
        assert!(derived.is_empty(), "{derived:?}");
    }
    assert!(!naming("crates/protocol/src", &derives, |_| false).is_empty());
    let graph = Graph::read();
    assert!(!graph.direct("bailiwick-ledger").contains("serde"));
}

#[test]
fn peers_are_measured_against_and_nothing_else() {
    let graph = Graph::read();
    for package in graph.metadata["workspace_members"].as_array().unwrap() {
        let name = &graph.names[package.as_str().unwrap()];
        if name != "bailiwick-benches" {
            let all = graph.all(name);
            let peers: Vec<_> =
                all.iter().filter(|one| one.contains("tenuo") || one.contains("biscuit")).collect();
            assert!(peers.is_empty(), "{name} rests on {peers:?}");
        }
    }
}
