//! A keychain program that does not answer.

use std::time::{Duration, Instant};

use bailiwick_keystore::{Keychain, KeychainError, KeychainOptions, Prompts};
use zbus::blocking::connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::bus::{Serves, on_bus};

struct Silent;

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Silent {
    async fn open_session(&self, _algorithm: String, _input: OwnedValue) -> (OwnedValue, OwnedObjectPath) {
        std::future::pending().await
    }
}

#[test]
fn a_keychain_that_never_answers_times_out() {
    let test = "hostile::a_keychain_that_never_answers_times_out";
    on_bus(test, Serves::Nobody, || {
        let _bus = connection::Builder::session()
            .unwrap()
            .serve_at("/org/freedesktop/secrets", Silent)
            .unwrap()
            .name("org.freedesktop.secrets")
            .unwrap()
            .build()
            .unwrap();
        let started = Instant::now();
        let error =
            Keychain::open(KeychainOptions { prompts: Prompts::Never, limit: Duration::from_millis(700) })
                .unwrap_err();
        assert!(matches!(error, KeychainError::TimedOut { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
    });
}
