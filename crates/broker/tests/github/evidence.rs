//! Facts that stand, and evidence that is refused.

use bailiwick_broker::destinations::github::{Cause, Failure, MAX_FACTS_BYTES, Refusal};
use bailiwick_practice::{
    Act, Conditions, Fault, NewCommit, Options, Protection, RequiredCheck, Seed, Verdict,
};
use bailiwick_protocol::ErrorCode;
use serde_json::{Value, json};

use super::{BACKEND, World, invocation, text};

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pull_request_of_the_story_has_the_facts_that_decide_it() {
    let world = World::story().await;
    let facts = |branch: &'static str| {
        let operation = world.merge(branch);
        let world = &world;
        async move { world.facts(&operation).await }
    };
    assert_eq!(facts("fix-login-timeout").await["checks_missing"], json!(["ci/test"]));
    assert_eq!(facts("ci-node-upgrade").await["changed_paths"], json!([".github/workflows/ci.yml"]));
    assert_eq!(facts("docs-api-limits").await["approving_reviewers"], json!([]));
    let own = facts("feat-own-approval").await;
    assert_eq!(own["commit_authors"], json!(["ada", "grace"]));
    assert_eq!(own["approving_reviewers"], json!([]));
    assert_eq!(own["approvals_set_aside"], json!([{"login": "grace", "why": "committed"}]));
    let stale = facts("feat-stale-approval").await;
    assert_eq!(stale["approving_reviewers"], json!([]));
    assert_eq!(stale["approvals_set_aside"], json!([{"login": "grace", "why": "earlier-commit"}]));
    assert_eq!(stale["reviews"][0]["on_head"], json!(false));
    assert_eq!(facts("feat-conflict").await["mergeable"], json!(false));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counts_as_an_approval() {
    let world = World::story().await;
    let control = world.control();
    // A comment after the approval takes nothing back, a later objection does.
    control.review(BACKEND, 1, "grace", Verdict::Commented).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["approving_reviewers"], json!(["grace"]));
    control.review(BACKEND, 1, "linnea", Verdict::ChangesRequested).unwrap();
    control.review(BACKEND, 1, "ada", Verdict::Approved).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["changes_requested_by"], json!(["linnea"]));
    assert_eq!(facts["approvals_set_aside"], json!([{"login": "ada", "why": "author"}]));
    control.review(BACKEND, 1, "linnea", Verdict::Approved).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["approving_reviewers"], json!(["grace", "linnea"]));
    assert_eq!(facts["changes_requested_by"], json!([]));
    control.dismiss_reviews(BACKEND, 1).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["approving_reviewers"], json!([]));
    assert!(facts["reviews"].as_array().unwrap().iter().all(|review| review["state"] == "DISMISSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_strangers_and_the_unknown_do_not_approve() {
    let world = World::story().await;
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 4] = [
        ("not-a-person", |reviews| reviews[0]["user"]["type"] = json!("Bot")),
        ("earlier-commit", |reviews| reviews[0]["commit_id"] = Value::Null),
        // Nobody's account has this login, so nobody says that it may write.
        ("no-write-access", |reviews| {
            reviews[0]["user"]["login"] = json!("stranger");
            reviews[0]["author_association"] = json!("CONTRIBUTOR");
        }),
        // The author's account under another login is the author's account.
        ("author", |reviews| reviews[0]["user"] = json!({"login": "other", "id": 1_000_001, "type": "User"})),
    ];
    for (why, edit) in cases {
        world.control().inject(Fault::on(
            "GET",
            "/repos/*/*/pulls/*/reviews",
            Act::Edit(std::sync::Arc::new(edit)),
        ));
        let facts = world.facts(&world.merge("feat-123")).await;
        assert_eq!(facts["approving_reviewers"], json!([]), "{why}");
        assert_eq!(facts["approvals_set_aside"][0]["why"], json!(why), "{facts}");
    }
    // A review whose account is gone is nobody's; pending ones are not said yet.
    for edit in [(|reviews: &mut Value| reviews[0]["user"] = Value::Null) as Edit, |reviews| {
        reviews[0]["state"] = json!("PENDING")
    }] {
        world.control().inject(Fault::on(
            "GET",
            "/repos/*/*/pulls/*/reviews",
            Act::Edit(std::sync::Arc::new(edit)),
        ));
        let facts = world.facts(&world.merge("feat-123")).await;
        assert_eq!((&facts["approving_reviewers"], &facts["reviews"]), (&json!([]), &json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_nobody_known_are_counted() {
    let world = World::story().await;
    let edit = |commits: &mut Value| {
        commits[0]["author"] = Value::Null;
        commits[0]["committer"] = json!({});
    };
    world.control().inject(Fault::on(
        "GET",
        "/repos/*/*/pulls/*/commits",
        Act::Edit(std::sync::Arc::new(edit)),
    ));
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!((&facts["unattributed_commits"], &facts["commit_authors"]), (&json!(1), &json!(["ada"])));
    let fork = |pull: &mut Value| pull["head"]["repo"] = Value::Null;
    let listed = |pulls: &mut Value| pulls[0]["head"]["repo"] = Value::Null;
    world
        .control()
        .inject(Fault::on("GET", "/repos/*/*/pulls/*", Act::Edit(std::sync::Arc::new(fork))).times(2));
    world.control().inject(Fault::on("GET", "/repos/*/*/pulls", Act::Edit(std::sync::Arc::new(listed))));
    assert_eq!(world.facts(&world.merge("feat-123")).await["from_fork"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_check_counts_by_its_newest_run_and_its_app() {
    let world = World::story().await;
    let control = world.control();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    control.check(BACKEND, &head, "acme-ci", ("ci/test", Some("failure"))).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!(["ci/test"]));
    control.check(BACKEND, &head, "acme-ci", ("ci/test", None)).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["checks_missing"], json!(["ci/test"]), "{facts}");
    control.check(BACKEND, &head, "acme-ci", ("ci/test", Some("success"))).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!([]));
    // Another App's run of that name, and our own App's.
    let other = Conditions::checked_by_another("acme-scan");
    control.prepare_pull(BACKEND, "scanned", other).await.unwrap();
    assert_eq!(world.facts(&world.merge("scanned")).await["checks_missing"], json!(["ci/lint", "ci/test"]));
    let own = Conditions::checked_by_another(world.range.app().slug());
    let any = Protection {
        required_checks: vec![RequiredCheck { context: "ci/test".into(), reporter: None }],
        ..Protection::default()
    };
    control.protect(BACKEND, "main", Some(any)).unwrap();
    control.prepare_pull(BACKEND, "self-made", own).await.unwrap();
    assert_eq!(world.facts(&world.merge("self-made")).await["checks_missing"], json!(["ci/test"]));
    assert_eq!(world.facts(&world.merge("scanned")).await["checks_missing"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_counts_where_no_app_is_demanded() {
    let world = World::story().await;
    let control = world.control();
    let required = |reporter: Option<&str>| Protection {
        required_checks: vec![RequiredCheck {
            context: "build".into(),
            reporter: reporter.map(str::to_owned),
        }],
        ..Protection::default()
    };
    control.protect(BACKEND, "main", Some(required(None))).unwrap();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    control.status(BACKEND, &head, "ci-bot", ("build", "success")).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["checks_missing"], json!([]));
    let status = json!({"name": "build", "app": "ci-bot", "kind": "status", "conclusion": "success"});
    assert!(facts["checks"].as_array().unwrap().contains(&status), "{facts}");
    control.status(BACKEND, &head, "ci-bot", ("build", "pending")).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!(["build"]));
    control.status(BACKEND, &head, "ci-bot", ("build", "success")).unwrap();
    control.protect(BACKEND, "main", Some(required(Some("acme-ci")))).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!(["build"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_are_followed_to_their_end() {
    let world = World::story().await;
    let control = world.control();
    let mut many = NewCommit::by("ada").message("Many");
    for n in 0..230 {
        many = many.write(&format!("many/f{n:03}"), "x\n");
    }
    control.commit(BACKEND, "many", many).await.unwrap();
    let commits: Vec<NewCommit> =
        (0..120).map(|n| NewCommit::by("ada").message("Step").write("many/step", format!("{n}\n"))).collect();
    let head = control.commits(BACKEND, "many", &commits).await.unwrap();
    let number = control.open_pull(BACKEND, "ada", ("many", "main"), "Many").unwrap();
    for n in 0..150 {
        control.check(BACKEND, &head, "acme-scan", (&format!("scan-{n:03}"), Some("success"))).unwrap();
        control.status(BACKEND, &head, "ci-bot", (&format!("status-{n:03}"), "success")).unwrap();
    }
    for name in ["ci/test", "ci/lint"] {
        control.check(BACKEND, &head, "acme-ci", (name, Some("success"))).unwrap();
    }
    for _ in 0..120 {
        control.review(BACKEND, number, "linnea", Verdict::Commented).unwrap();
    }
    control.review(BACKEND, number, "grace", Verdict::Approved).unwrap();
    let facts = world.facts(&world.merge("many")).await;
    assert_eq!(facts["changed_paths"].as_array().unwrap().len(), 231);
    assert_eq!(facts["checks"].as_array().unwrap().len(), 302);
    assert_eq!(facts["checks_missing"], json!([]));
    assert_eq!(facts["approving_reviewers"], json!(["grace"]));
    // In the order of the paths, and equal when asked again.
    assert!(names(&facts["changed_paths"]).is_sorted());
    assert_eq!(world.facts(&world.merge("many")).await, facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_and_a_removal_count_every_path() {
    let world = World::story().await;
    let commit = NewCommit::by("ada")
        .message("Move")
        .rename("src/limits.py", "src/bounds.py")
        .delete("docs/api.md")
        .write("päth/ü b.txt", "x\n");
    world.control().commit(BACKEND, "moves", commit).await.unwrap();
    world.control().open_pull(BACKEND, "ada", ("moves", "main"), "Moves").unwrap();
    let facts = world.facts(&world.merge("moves")).await;
    assert_eq!(
        facts["changed_paths"],
        json!(["docs/api.md", "päth/ü b.txt", "src/bounds.py", "src/limits.py"])
    );
    assert_eq!(facts["approvals_set_aside"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_with_slashes_are_found() {
    let world = World::story().await;
    world.control().prepare_pull(BACKEND, "release/2.0", Conditions::met()).await.unwrap();
    world.control().prepare_pull(BACKEND, "feat/ü#1", Conditions::met().into("release/2.0")).await.unwrap();
    let arguments = [("branch", text("feat/ü#1")), ("target", text("release/2.0"))];
    let operation = world.operation("pulls/merge", &arguments);
    let facts = world.facts(&operation).await;
    assert_eq!(facts["target"], json!("refs/heads/release/2.0"));
    assert_eq!(facts["required_checks"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_open_pull_request_or_a_refusal_that_says_so() {
    let world = World::story().await;
    let control = world.control();
    let (branch, target) = ("docs-api-limits".to_owned(), "main".to_owned());
    control.close_pull(BACKEND, 4).unwrap();
    let refusal = World::refusal(world.evidence(&world.merge(&branch)).await);
    assert_eq!(refusal, Refusal::NoOpenPull { branch: branch.clone(), target: target.clone() });
    assert_eq!(refusal.to_string(), "there is no open pull request from `docs-api-limits` into `main`");
    let one = control.open_pull(BACKEND, "ada", (&branch, &target), "One").unwrap();
    let two = control.open_pull(BACKEND, "ada", (&branch, &target), "Two").unwrap();
    let refusal = World::refusal(world.evidence(&world.merge(&branch)).await);
    assert_eq!(refusal, Refusal::SeveralPulls { branch, target, pulls: vec![one, two] });
    let no_target =
        world.operation("pulls/merge", &[("branch", text("feat-123")), ("target", text("nowhere"))]);
    assert_eq!(World::refusal(world.evidence(&no_target).await), Refusal::NoBranch("nowhere".into()));
    assert_eq!(refusal_code(&Refusal::NoBranch(String::new())), ErrorCode::NoEvidence);
}

fn refusal_code(refusal: &Refusal) -> ErrorCode {
    refusal.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_refused_by_its_kind() {
    let world = World::story().await;
    let issue = world.operation(
        "issues/create-comment",
        &[("issue", bailiwick_authority::Argument::Int(4_000)), ("body", text("x"))],
    );
    assert_eq!(World::refusal(world.evidence(&issue).await), Refusal::NoIssue(4_000));
    for reference in ["nowhere", "0123456789012345678901234567890123456789"] {
        let arguments = [("ref", text(reference)), ("environment", text("staging"))];
        let operation = world.operation("repos/create-deployment", &arguments);
        assert_eq!(World::refusal(world.evidence(&operation).await), Refusal::NoRef(reference.into()));
    }
    let arguments = [("branch", text("nowhere")), ("target", text("main")), ("title", text("x"))];
    let operation = world.operation("pulls/create", &arguments);
    assert_eq!(World::refusal(world.evidence(&operation).await), Refusal::NoBranch("nowhere".into()));
    let tip = world.control().tip(BACKEND, "main").unwrap();
    world.control().force_branch(BACKEND, "same", &tip).await.unwrap();
    let arguments = [("branch", text("same")), ("target", text("main")), ("title", text("x"))];
    let operation = world.operation("pulls/create", &arguments);
    assert_eq!(World::refusal(world.evidence(&operation).await), Refusal::NothingToMerge);
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repository_is_the_one_that_was_signed() {
    let world = World::story().await;
    let control = world.control();
    let id = control.repository_id("acme/infra").unwrap();
    let arguments = [("ref", text("main")), ("environment", text("staging"))];
    let named = |name: &str, id: u64| {
        let asked = invocation("repos/create-deployment", &format!("repository:{id}"), name, &arguments);
        world.github.operation(&asked).unwrap()
    };
    assert!(world.evidence(&named("acme/infra", id)).await.is_ok());
    // Another spelling is another name, and another repository's name is not this one's.
    for (name, now) in [("acme/Infra", "acme/infra"), ("acme/backend", "acme/infra")] {
        let refusal = World::refusal(world.evidence(&named(name, id)).await);
        assert_eq!(refusal, Refusal::RepositoryRenamed { name: name.into(), now: now.into() });
        assert_eq!(refusal.code(), ErrorCode::OtherResource);
    }
    control.rename_repository("acme/infra", "platform").unwrap();
    let refusal = World::refusal(world.evidence(&named("acme/infra", id)).await);
    let renamed = Refusal::RepositoryRenamed { name: "acme/infra".into(), now: "acme/platform".into() };
    assert_eq!(refusal, renamed);
    assert!(world.evidence(&named("acme/platform", id)).await.is_ok());
    // Deleted, and made again under its name.
    let front = control.repository_id("acme/frontend").unwrap();
    let seed = Seed::story().repositories.into_iter().find(|one| one.name == "frontend").unwrap();
    let fresh = control.recreate_repository(&seed).await.unwrap();
    assert_ne!(front, fresh);
    let failure = world.evidence(&named("acme/frontend", front)).await.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::OtherResource, "{failure}");
    assert!(matches!(failure.cause, Cause::Refused(Refusal::RepositoryNotInstalled { .. })), "{failure}");
    assert_eq!(control.minted().iter().filter(|token| token.alive).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_refusal_and_never_followed() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let token = world.mint(&operation.evidence_scope()).await.unwrap();
    // Renamed after the token was minted: the old name redirects.
    world.control().rename_repository(BACKEND, "backside").unwrap();
    world.control().clear_requests();
    let failure =
        world.github.evidence(&operation, &super::nobody_known(), &token, &world.way()).await.unwrap_err();
    world.github.destroy(token).await;
    assert!(
        matches!(failure.cause, Cause::Refused(Refusal::RepositoryGone { .. }) | Cause::Redirected),
        "{failure}"
    );
    assert!(world.asked().iter().all(|path| !path.contains("/repositories/")), "{:?}", world.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_moves_while_it_is_read_is_refused() {
    let world = World::story().await;
    // After each single answer in turn, the head moves to a commit with another content.
    for (n, path) in [
        "/repos/*/*/pulls/*/files",
        "/repos/*/*/pulls/*/commits",
        "/repos/*/*/pulls/*/reviews",
        "/repos/*/*/compare/*",
        "/repos/*/*/commits/*/check-runs",
        "/repos/*/*/pulls",
    ]
    .into_iter()
    .enumerate()
    {
        let branch = format!("moving-{n}");
        world.control().prepare_pull(BACKEND, &branch, Conditions::met()).await.unwrap();
        let name = branch.clone();
        world.control().inject(Fault::on(
            "GET",
            path,
            Act::After(std::sync::Arc::new(move |control| {
                let commit =
                    NewCommit::by("ada").message("Swap").write(".github/workflows/x.yml", "on: push\n");
                let name = name.clone();
                Box::pin(async move { drop(control.commit(BACKEND, &name, commit).await) })
            })),
        ));
        let evidence = world.evidence(&world.merge(&branch)).await;
        let failure = evidence.unwrap_err();
        assert!(matches!(failure.cause, Cause::Refused(Refusal::Contradictory(_))), "{path}: {failure}");
    }
    world.assert_nothing_alive();
}

/// Answers of the range edited on their way, and the refusal that each gives.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_incomplete_or_contradictory_is_no_evidence() {
    let world = World::story().await;
    type Edit = fn(&mut Value);
    let cases: [(&str, &str, Edit); 14] = [
        ("no open pull by number", "/repos/*/*/pulls/*", |pull| pull["state"] = json!("closed")),
        ("another base", "/repos/*/*/pulls/*", |pull| pull["base"]["ref"] = json!("release")),
        ("more files than listed", "/repos/*/*/pulls/*", |pull| pull["changed_files"] = json!(3)),
        ("at the cap of files", "/repos/*/*/pulls/*", |pull| pull["changed_files"] = json!(3_000)),
        ("more commits than listed", "/repos/*/*/pulls/*", |pull| pull["commits"] = json!(3)),
        ("at the cap of commits", "/repos/*/*/pulls/*", |pull| pull["commits"] = json!(250)),
        ("no author", "/repos/*/*/pulls/*", |pull| pull["user"] = Value::Null),
        ("no head", "/repos/*/*/pulls/*", |pull| pull["head"]["sha"] = json!(7)),
        ("fewer files", "/repos/*/*/pulls/*/files", |files| drop(files.as_array_mut().unwrap().pop())),
        ("another file", "/repos/*/*/pulls/*/files", |files| files[0]["filename"] = json!("README.md")),
        ("fewer runs than counted", "/repos/*/*/commits/*/check-runs", |runs| runs["total_count"] = json!(9)),
        ("runs of another commit", "/repos/*/*/commits/*/check-runs", |runs| {
            runs["check_runs"][0]["head_sha"] = json!("0123456789012345678901234567890123456789");
        }),
        ("protected, and by what is unsaid", "/repos/*/*/branches/*", |branch| {
            drop(branch.as_object_mut().unwrap().remove("protection"));
        }),
        ("another branch", "/repos/*/*/branches/*", |branch| branch["name"] = json!("other")),
    ];
    for (case, path, edit) in cases {
        world.control().inject(Fault::on("GET", path, Act::Edit(std::sync::Arc::new(edit))));
        let failure: Failure = world.evidence(&world.merge("feat-123")).await.expect_err(case);
        assert!(
            matches!(failure.code(), ErrorCode::NoEvidence | ErrorCode::WrongAnswer),
            "{case}: {failure}"
        );
        assert!(!failure.may_have_happened, "{case}");
        world.control().clear_faults();
    }
    world.evidence(&world.merge("feat-123")).await.unwrap();
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_rulesets_are_required_too() {
    let world = World::story().await;
    let rules = |rules: Value| {
        let edit = move |answer: &mut Value| *answer = rules.clone();
        Fault::on("GET", "/repos/*/*/rules/branches/*", Act::Edit(std::sync::Arc::new(edit)))
    };
    let checks = json!([
        {"type": "deletion"},
        {"type": "required_status_checks", "parameters": {
            "strict_required_status_checks_policy": false,
            "required_status_checks": [{"context": "audit", "integration_id": 20_002}, {"context": "ci/lint"}],
        }},
    ]);
    world.control().inject(rules(checks));
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["required_checks"], json!(["audit", "ci/lint", "ci/test"]));
    assert_eq!(facts["checks_missing"], json!(["audit"]));
    world.control().inject(rules(json!([{"type": "merge_queue", "parameters": {}}])));
    let refusal = World::refusal(world.evidence(&world.merge("feat-123")).await);
    assert_eq!(refusal, Refusal::MergeQueue("main".into()));
    world.control().inject(rules(json!([{"type": "required_status_checks"}])));
    assert_eq!(world.evidence(&world.merge("feat-123")).await.unwrap_err().code(), ErrorCode::WrongAnswer);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_change_and_facts_too_large_for_a_receipt_are_refused() {
    let world = World::story().await;
    let control = world.control();
    let tip = control.tip(BACKEND, "main").unwrap();
    control.force_branch(BACKEND, "nothing", &tip).await.unwrap();
    let same = control.commit(BACKEND, "nothing", NewCommit::by("ada").message("a").write("x", "1\n")).await;
    control.commit(BACKEND, "nothing", NewCommit::by("ada").message("b").delete("x")).await.unwrap();
    assert!(same.is_ok());
    control.open_pull(BACKEND, "ada", ("nothing", "main"), "Nothing").unwrap();
    assert_eq!(World::refusal(world.evidence(&world.merge("nothing")).await), Refusal::NothingToMerge);
    let mut large = NewCommit::by("ada").message("Large");
    for n in 0..250 {
        large = large.write(&format!("{}/{n}", "deep-directory-name".repeat(10)), "x\n");
    }
    control.commit(BACKEND, "large", large).await.unwrap();
    control.open_pull(BACKEND, "ada", ("large", "main"), "Large").unwrap();
    let refusal = World::refusal(world.evidence(&world.merge("large")).await);
    assert!(matches!(refusal, Refusal::FactsTooLarge(bytes) if bytes > MAX_FACTS_BYTES), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mergeability_is_asked_for_until_it_is_known() {
    let world = World::story().await;
    let unknown = || {
        let edit = |pull: &mut Value| pull["mergeable"] = Value::Null;
        Fault::on("GET", "/repos/*/*/pulls/*", Act::Edit(std::sync::Arc::new(edit)))
    };
    world.control().inject(unknown().times(2));
    assert_eq!(world.facts(&world.merge("feat-123")).await["mergeable"], json!(true));
    world.control().inject(unknown().always());
    let refusal = World::refusal(world.evidence(&world.merge("feat-123")).await);
    assert_eq!(refusal, Refusal::MergeabilityUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_page_elsewhere_is_refused() {
    // A range on a base path, as on GitHub Enterprise: its own pages are below the path.
    let world = World::with(Seed::story(), {
        let mut options = Options::default();
        options.base_path = "/api/v3".to_owned();
        options
    })
    .await;
    let control = world.control();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    for n in 0..120 {
        control.check(BACKEND, &head, "acme-scan", (&format!("scan-{n:03}"), Some("success"))).unwrap();
    }
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["checks"].as_array().unwrap().len(), 122);
}
