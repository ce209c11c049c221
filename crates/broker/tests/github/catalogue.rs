//! Invocations and what operation each is, or why none.

use bailiwick_authority::{Argument, Arguments};
use bailiwick_broker::Effect;
use bailiwick_broker::destinations::github::{
    ACTIONS, Action, ArgumentKind, BadOperation, Level, MergeMethod, parse, resolve_alias,
};
use bailiwick_protocol::ErrorCode;

use super::{invocation, text};

fn good(kind: ArgumentKind, name: &str) -> Argument {
    match kind {
        ArgumentKind::Branch | ArgumentKind::Ref => text(if name == "target" { "main" } else { "feat/1" }),
        ArgumentKind::Number => Argument::Int(7),
        ArgumentKind::Commit => text("0123456789012345678901234567890123456789"),
        ArgumentKind::Path => text("src/a.py"),
        ArgumentKind::Text { .. } | ArgumentKind::Line { .. } => text("words"),
        ArgumentKind::OneOf(words) => text(words[0]),
    }
}

fn asked(
    action: &str,
    arguments: &Arguments,
) -> Result<bailiwick_broker::destinations::github::Operation, BadOperation> {
    let arguments: Vec<(&str, Argument)> = arguments.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    parse(&invocation(action, "repository:1", "acme/backend", &arguments))
}

#[test]
fn every_action_of_the_catalogue_parses_and_has_effects_and_narrow_scopes() {
    for spec in &ACTIONS {
        assert_eq!(resolve_alias(spec.alias).unwrap().as_str(), spec.id);
        assert_eq!(resolve_alias(spec.id).unwrap().as_str(), spec.id);
        let all: Arguments =
            spec.arguments.iter().map(|a| (a.name.to_owned(), good(a.kind, a.name))).collect();
        let operation = asked(spec.id, &all).unwrap();
        assert!(!operation.effects().is_empty(), "{}", spec.id);
        assert!(operation.effects().iter().all(|effect| effect.to_text().is_some()));
        assert!(
            operation.evidence_scope().permissions().all(|(_, level)| level == Level::Read),
            "{}",
            spec.id
        );
        assert!(
            operation.look_up_scope().permissions().all(|(_, level)| level == Level::Read),
            "{}",
            spec.id
        );
        let writes: Vec<_> =
            operation.act_scope().permissions().filter(|(_, level)| *level == Level::Write).collect();
        assert_eq!(writes.len(), 1, "{}", spec.id);
        assert_eq!(operation.act_scope().repository(), Some(1));
        // Each required argument is missed, an unknown one is refused, a wrong type too.
        for argument in spec.arguments {
            let mut without = all.clone();
            without.remove(argument.name);
            assert_eq!(asked(spec.id, &without).is_err(), argument.required, "{} {}", spec.id, argument.name);
            let mut wrong = all.clone();
            wrong.insert(argument.name.to_owned(), Argument::Bool(true));
            let error = asked(spec.id, &wrong).unwrap_err();
            assert!(matches!(error, BadOperation::BadArgument { .. }), "{error}");
        }
        let mut more = all.clone();
        more.insert("force".to_owned(), Argument::Bool(true));
        assert!(matches!(asked(spec.id, &more).unwrap_err(), BadOperation::UnknownArgument { .. }));
    }
    assert!(resolve_alias("github.push").is_none());
}

#[test]
fn an_unknown_action_names_the_known_ones() {
    let error = asked("pulls/close", &Arguments::new()).unwrap_err().to_api_error();
    assert_eq!(error.code, ErrorCode::UnknownAction);
    assert_eq!(error.message, "there is no action `pulls/close`");
    assert!(ACTIONS.iter().all(|spec| error.hint.contains(spec.id)), "{}", error.hint);
}

#[test]
fn what_agents_never_do_is_refused_with_its_reason() {
    for (action, why) in [
        ("pulls/enable-auto-merge", "it happens later, under conditions that nobody has judged"),
        ("pulls/enqueue", "it happens later, under conditions that nobody has judged"),
        ("pulls/create-review", "an agent never approves"),
        ("checks/create", "an agent never says that a check passed"),
        ("repos/create-commit-status", "an agent never says that a check passed"),
    ] {
        let error = asked(action, &Arguments::new()).unwrap_err().to_api_error();
        assert_eq!(error.code, ErrorCode::UnknownAction);
        assert_eq!(error.message, format!("`{action}` is never carried out: {why}"));
        assert!(resolve_alias(action).is_none());
    }
}

/// Whatever moves a branch says which: no action writes to contents without that effect.
#[test]
fn who_may_write_contents_moves_a_ref() {
    for spec in &ACTIONS {
        let all: Arguments =
            spec.arguments.iter().map(|a| (a.name.to_owned(), good(a.kind, a.name))).collect();
        let operation = asked(spec.id, &all).unwrap();
        let writes = operation.act_scope().level("contents") == Some(Level::Write);
        let moves = operation.effects().iter().any(|effect| matches!(effect, Effect::MovesRef(_)));
        assert!(moves || !writes, "{} writes contents and moves nothing", spec.id);
    }
}

#[test]
fn paths_and_commits_have_one_form() {
    let write = |path: &str, sha: &str| {
        let file =
            [("branch", text("a")), ("path", text(path)), ("message", text("m")), ("content", text("c"))];
        let moved = [("branch", text("a")), ("sha", text(sha))];
        let ask = |action: &str, arguments: &[(&str, Argument)]| {
            parse(&invocation(action, "repository:1", "acme/backend", arguments)).is_ok()
        };
        (ask("repos/create-or-update-file-contents", &file), ask("git/update-ref", &moved))
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for path in ["a", "src/a b.py", ".github/workflows/ci.yml", "ü", "a/.b", "-a"] {
        assert_eq!(write(path, commit), (true, true), "refused `{path}`");
    }
    for path in
        ["", "/a", "a/", "a//b", "./a", "a/../b", ".git/config", "a/.GIT/x", "a\\b", "a\u{202e}b", "a\n"]
    {
        assert!(!write(path, commit).0, "accepted {path:?}");
    }
    for sha in ["", "main", "0123456", &commit.to_uppercase(), &format!("{commit} "), &"0".repeat(41)] {
        assert!(!write("a", sha).1, "accepted {sha:?}");
    }
}

#[test]
fn a_merge_moves_its_target_and_runs_code() {
    let arguments =
        [("branch", text("feat-123")), ("target", text("main")), ("merge_method", text("squash"))];
    let operation = parse(&invocation("pulls/merge", "repository:1", "acme/backend", &arguments)).unwrap();
    assert_eq!(operation.effects(), [Effect::MovesRef("refs/heads/main".into()), Effect::RunsCode]);
    assert_eq!(operation.sentence(), "merge feat-123 into main of acme/backend by squash");
    assert!(matches!(operation.action(), Action::Merge { method: MergeMethod::Squash, .. }));
}

#[test]
fn branches_are_what_git_calls_a_branch() {
    let merge = |branch: &str, target: &str| {
        let arguments = [("branch", text(branch)), ("target", text(target))];
        parse(&invocation("pulls/merge", "repository:1", "acme/backend", &arguments))
    };
    for branch in ["feat-123", "feat/1", "ü", "a.b", "@a", "1", &"a".repeat(244)] {
        assert!(merge(branch, "main").is_ok(), "refused `{branch}`");
    }
    for branch in [
        "",
        "-a",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.",
        "a..b",
        "a.lock",
        "a.lock/b",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\b",
        "@",
        "a@{1}",
        "HEAD",
        "refs/heads/main",
        "a\n",
        "a\u{7f}",
        "a\u{202e}b",
        "a\u{200b}b",
        "feat-123\0",
        &"a".repeat(245),
    ] {
        let error = merge(branch, "main").expect_err(branch).to_api_error();
        assert_eq!(error.code, ErrorCode::BadArgument);
        assert!(error.message.parse::<bailiwick_authority::Text>().is_ok(), "{}", error.message);
        assert!(merge("feat-123", branch).is_err(), "accepted the target `{branch}`");
    }
    assert!(merge("main", "main").is_err());
}

#[test]
fn a_repository_is_a_number_and_a_name() {
    let comment = |id: &str, name: &str| {
        let arguments = [("issue", Argument::Int(1)), ("body", text("x"))];
        let id = id.parse().ok()?;
        let name = name.parse().ok()?;
        let mut asked = invocation("issues/create-comment", "repository:1", "acme/backend", &arguments);
        asked.resource = bailiwick_authority::Resource { id, name };
        Some(parse(&asked))
    };
    assert!(comment("repository:1296269", "acme/back_end.js").unwrap().is_ok());
    for (id, name) in [
        ("repository:0x1", "acme/backend"),
        ("repository:01", "acme/backend"),
        ("repository:9007199254740992", "acme/backend"),
        ("project:1", "acme/backend"),
        ("repository:1", "acme"),
        ("repository:1", "acme/"),
        ("repository:1", "/backend"),
        ("repository:1", "acme/backend/x"),
        ("repository:1", "owner/../x"),
        ("repository:1", "acme/.."),
        ("repository:1", "acme/."),
        ("repository:1", "acme/back end"),
        ("repository:1", "acme/backеnd"),
        ("repository:1", "acme/a%2fb"),
        ("repository:1", "acme/a?b"),
        ("repository:1", "-acme/backend"),
    ] {
        let error = comment(id, name).unwrap().expect_err(name).to_api_error();
        assert_eq!(error.code, ErrorCode::BadArgument, "{id} {name}");
    }
    assert!(comment("repository:1", &format!("acme/{}", "a".repeat(101))).unwrap().is_err());
    assert!(comment("repository:1", &format!("{}/backend", "a".repeat(40))).unwrap().is_err());
}

#[test]
fn texts_are_bounded_and_hide_nothing() {
    let comment = |issue: Argument, body: &str| {
        parse(&invocation(
            "issues/create-comment",
            "repository:1",
            "acme/backend",
            &[("issue", issue), ("body", text(body))],
        ))
    };
    assert!(comment(Argument::Int(1), "a\n\tb 👩‍🚀 ✅").is_ok());
    for body in ["", "  \n", "a\0", "a\u{1b}[2J", "a\u{202e}b", "a\u{2066}b", &"x".repeat(16 * 1024 + 1)] {
        assert!(comment(Argument::Int(1), body).is_err(), "accepted {body:?}");
    }
    for issue in [Argument::Int(0), Argument::Int(-1), text("1"), Argument::Strings(vec!["1".into()])] {
        assert!(comment(issue.clone(), "x").is_err(), "accepted {issue:?}");
    }
    let titled = |title: &str| {
        let arguments = [("branch", text("a")), ("target", text("b")), ("title", text(title))];
        parse(&invocation("pulls/create", "repository:1", "acme/backend", &arguments))
    };
    assert!(titled("Füchse & Söhne").is_ok());
    for title in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(257)] {
        assert!(titled(title).is_err(), "accepted {title:?}");
    }
}
