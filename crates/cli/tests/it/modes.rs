//! Files that only their owner may read, and what happens when others may.

use crate::stand::Stand;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn keys_and_their_folders_are_the_owners_alone() {
    let stand = Stand::delegated();
    let config = stand.profile().join("config");
    for folder in [&config, &config.join("agents")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    for file in ["person.key", "person-key.json", "config.toml", "agents/ci-bot.key"] {
        assert_eq!(mode(&config.join(file)), 0o600, "{file}");
    }
}

#[test]
fn an_exposed_agent_key_is_refused_and_found() {
    let mut stand = Stand::bare();
    stand.script("$ bailiwick agent new bot");
    let key = stand.profile().join("config/agents/bot.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(stand.profile().join("config"), fs::Permissions::from_mode(0o755)).unwrap();
    stand.script(
        "$ bailiwick attenuate --from bot --to bot\n\
         ? 8\n\
         ! error: *has mode 0644: others than its owner may use it\n\
         $ bailiwick doctor\n\
         ? 1\n\
         = bad *  config folder  *has mode 0755: others may enter it\n\
         = bad *  agents         *has mode 0644*",
    );
}

#[test]
fn a_bad_configuration_is_named_and_keeps_nobody_from_stopping() {
    let mut stand = Stand::delegated();
    let file = stand.profile().join("config/config.toml");
    let good = fs::read_to_string(&file).unwrap();
    for bad in ["[pins]\ngenesis = \"sha256:0\"\n", "[person]\nnane = \"alice\"\n", "[pins\n"] {
        fs::write(&file, bad).unwrap();
        stand.script(
            "$ bailiwick --json operations\n\
             ? 2\n\
             ! {\"code\":\"configuration\",*\n\
             $ bailiwick doctor\n\
             ? 2\n\
             = bad *  config         the configuration *\n\
             $ bailiwick pause everything\n\
             = paused everything since *",
        );
    }
    fs::write(&file, good).unwrap();
    stand.script("$ bailiwick resume --all --yes --passphrase-from $PASS");
}

#[test]
fn another_broker_than_the_pinned_one_is_not_talked_to() {
    let mut stand = Stand::delegated();
    let file = stand.profile().join("config/config.toml");
    let good = fs::read_to_string(&file).unwrap();
    let other = stand.run(["--data-dir", &stand.text("other"), "agent", "new", "x"]).stdout;
    let pinned = stand.run(["--json", "status"]).json()["broker_key"].as_str().unwrap().to_owned();
    fs::write(&file, good.replace(&pinned, other.trim())).unwrap();
    stand.script(
        "$ bailiwick operations\n\
         ? 6\n\
         ! error: the broker has the key *, and * was pinned\n\
         $ bailiwick verify\n\
         ? 6\n\
         $ bailiwick doctor\n\
         ? 6\n\
         $ bailiwick pause everything\n\
         = paused everything since *",
    );
}
