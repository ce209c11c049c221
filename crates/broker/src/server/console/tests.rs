//! Every route of the console socket, for the user of the broker and for others.

use super::*;
use crate::{LEDGER_KEY, Mode, Options, system_time};
use axum::body::Body as Outgoing;
use bailiwick_keystore::{ExposeSecret as _, MemoryRootStore, new_root_key};
use bailiwick_protocol::Places;
use http::StatusCode;
use tower_service::Service as _;

/// Every route, with the method that it has.
const ROUTES: [(&str, &str); 25] = [
    ("GET", route::STATUS),
    ("POST", route::STATEMENTS),
    ("GET", route::STATEMENT),
    ("POST", route::PAUSE),
    ("GET", route::OPERATIONS),
    ("GET", route::OPERATION),
    ("GET", route::CAPABILITIES),
    ("GET", route::PREVIEW),
    ("GET", route::LEDGER),
    ("GET", route::CHECK),
    ("GET", route::POLICY),
    ("GET", route::PENDING),
    ("GET", route::PENDING_ONE),
    ("POST", route::HOLD),
    ("GET", route::DIFF),
    ("GET", route::STANDING),
    ("POST", route::BACKTEST),
    ("GET", route::FATIGUE),
    ("GET", route::POLICY_HISTORY),
    ("GET", route::POLICY_VERSION),
    ("POST", route::POLICY_CHECK),
    ("POST", route::POLICY_TRY),
    ("POST", route::POLICY_DIFF),
    ("GET", route::EVENTS),
    ("POST", route::SHUT_DOWN),
];

fn broker(folder: &std::path::Path) -> Arc<Broker> {
    let key = new_root_key().unwrap();
    let secrets = serde_json::json!({ LEDGER_KEY: key.expose_secret() }).to_string();
    Broker::open(Options {
        places: Places::of(Some(folder)).unwrap(),
        roots: Arc::new(MemoryRootStore::from_json(secrets.as_bytes()).unwrap()),
        time: system_time(),
        mode: Mode::Sidecar,
    })
    .unwrap()
}

async fn status(broker: &Arc<Broker>, method: &str, path: &str, uid: u32) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .extension(ConnectInfo(Peer::new(uid, None)))
        .body(Outgoing::from("{}"))
        .unwrap();
    router(Arc::clone(broker)).call(request).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_refused_for_another_user_and_nothing_happens() {
    let folder = tempfile::tempdir().unwrap();
    let broker = broker(folder.path());
    let own = rustix::process::geteuid().as_raw();
    for stranger in [own.wrapping_add(1), 0, 65_534, u32::MAX].into_iter().filter(|uid| *uid != own) {
        for (method, path) in ROUTES {
            let path = path
                .replace("{digest}", "x")
                .replace("{id}", "x")
                .replace("{name}", "x")
                .replace("{target}", "x");
            assert_eq!(status(&broker, method, &path, stranger).await, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(status(&broker, "PUT", &path, stranger).await, StatusCode::FORBIDDEN, "{path}");
        }
        let elsewhere = status(&broker, "GET", "/agent/v1/greeting", stranger).await;
        assert_eq!(elsewhere, StatusCode::FORBIDDEN);
    }
    assert!(!broker.ending.is_cancelled());
    assert!(broker.realm().pauses.is_empty());
    assert_eq!(broker.journal.store().tip().unwrap().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_there_for_the_user_of_the_broker_and_none_of_the_agents() {
    let folder = tempfile::tempdir().unwrap();
    let broker = broker(folder.path());
    let own = rustix::process::geteuid().as_raw();
    for (method, path) in ROUTES {
        let path = path
            .replace("{digest}", "x")
            .replace("{id}", "x")
            .replace("{name}", "x")
            .replace("{target}", "x");
        assert_ne!(status(&broker, method, &path, own).await, StatusCode::FORBIDDEN, "{method} {path}");
        // What reads does not change, what changes is not read.
        let other = if method == "GET" { "POST" } else { "GET" };
        assert_eq!(status(&broker, other, &path, own).await, StatusCode::NOT_FOUND, "{other} {path}");
    }
    for path in [
        route::AGENT_GREETING,
        route::AGENT_INVOCATIONS,
        route::AGENT_OPERATION,
        route::AGENT_FETCH,
        route::AGENT_REVOCATIONS,
    ] {
        for method in ["GET", "POST"] {
            assert_eq!(status(&broker, method, path, own).await, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert!(broker.ending.is_cancelled());
}
