//! kill -9 of the broker around what persons are asked and what they answer: no answer is lost, nothing is
//! carried out that nobody agreed to, and nothing twice.

use super::account;
use super::deed::Deed;
use crate::stage::{Books, PATIENCE, Stage, seal_at, shipped_policy, sized, submit, until_within};
use bailiwick_authority::{Answer, Approval};
use bailiwick_client::{Agent, Console};
use bailiwick_protocol::Ask;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that agents do here needs a person.
const ASK: &str = r#"
    @id("ask-about-everything") @title("a person agrees") @because("this is a test")
    @remedy("have somebody approve it") @approval("1 of steward") @timeout("24h")
    forbid (principal, action, resource);
"#;

/// Where operations were when the broker was killed: what persons were asked, and what followed.
const WHERE: &str = "SELECT CASE
        WHEN EXISTS (SELECT 1 FROM act WHERE act.operation = o.id) THEN '6 approved, the act intended'
        WHEN EXISTS (SELECT 1 FROM credential c WHERE c.operation = o.id AND purpose = 'operation')
            THEN '5 approved, a credential for the act intended'
        WHEN EXISTS (SELECT 1 FROM credential c WHERE c.operation = o.id AND purpose = 'evidence-again')
            THEN '4 approved, facts fetched again'
        WHEN p.state = 'approved' THEN '3 approved, nothing more'
        WHEN p.state = 'waiting' THEN '2 waiting'
        ELSE '1 not asked yet' END
    FROM operation o LEFT JOIN pending p ON p.operation = o.id WHERE o.live = 1";

#[tokio::test(flavor = "multi_thread")]
async fn kill_nine_around_a_request_and_its_answer_loses_neither_and_does_nothing_twice() {
    let seed = std::env::var("BAILIWICK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    let kills = sized(20, 200);
    println!("seed {seed} (BAILIWICK_SEED), {kills} kills");
    let mut random = StdRng::seed_from_u64(seed);
    let mut stage = Stage::start().await;
    ask_about_everything(&stage).await;
    let holder = stage.delegate().await;
    let (mut met, mut deeds) = (BTreeMap::<String, usize>::new(), Vec::new());
    for number in 0..kills {
        let mut batch = Deed::three(&stage, &holder, &format!("asked-{number}")).await;
        let (agent, console) = (stage.agent().await, stage.console().await);
        {
            let answering = answer_for_a_while(&stage, &agent, &console, &batch, &mut random);
            answering.await;
        }
        stage.kill().await;
        for place in places(&Books::copy(&stage.places().ledger())) {
            *met.entry(place).or_default() += 1;
        }
        stage.raise().await;
        finish(&stage, &mut batch).await;
        deeds.append(&mut batch);
    }
    println!("{kills} kills; where operations were:");
    for (place, count) in &met {
        println!("  {count:>4}  {place}");
    }
    assert!(
        met.keys().any(|place| place.starts_with('2')),
        "nothing waited when it was killed (seed {seed})"
    );
    until_within(Duration::from_secs(110), "every outcome is known", async || {
        (Books::open(&stage.places().ledger()).open_operations() == 0).then_some(())
    })
    .await;
    account::settle(&stage, &deeds).await;
}

async fn ask_about_everything(stage: &Stage) {
    let mut texts = shipped_policy();
    texts.ask.push_str(ASK);
    stage.activate(texts, stage.founded().policy).await;
}

fn places(books: &Books) -> Vec<String> {
    let mut query = books.connection().prepare(WHERE).unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Asks for the batch, and answers what comes up, until a random moment.
async fn answer_for_a_while(
    stage: &Stage,
    agent: &Agent,
    console: &Console,
    batch: &[Deed],
    random: &mut StdRng,
) {
    let until = Duration::from_micros(random.random_range(0..900_000));
    // Some are killed before anybody answers.
    let answers = random.random_ratio(2, 3);
    let work = async {
        for deed in batch {
            agent.ask(&Ask { wait_ms: 0, ..deed.ask.clone() }).await.ok();
        }
        loop {
            if answers {
                approve_all(stage, console).await;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(until, work).await.ok();
}

/// Approves whatever waits; whatever was answered meanwhile is not there any more.
async fn approve_all(stage: &Stage, console: &Console) {
    for pending in console.pending().await.unwrap_or_default() {
        let target = pending.target.parse().unwrap();
        let approval = Approval { target, answer: Answer::Approve, reason: None };
        let signed = seal_at(&stage.steward, stage.realm(), crate::stage::now(), approval);
        submit(console, &signed, None).await.ok();
    }
}

/// Sends the batch once more, and answers until every one of it has an outcome.
async fn finish(stage: &Stage, batch: &mut [Deed]) {
    let (agent, console) = (stage.agent().await, stage.console().await);
    for deed in batch.iter_mut() {
        let view = agent.ask(&Ask { wait_ms: 0, ..deed.ask.clone() }).await.unwrap();
        let view = until_within(PATIENCE, "it comes to its end", async || {
            approve_all(stage, &console).await;
            let view = agent.operation(&view.id, 20).await.unwrap();
            view.outcome.is_some().then_some(view)
        })
        .await;
        deed.view = Some(view);
    }
}
