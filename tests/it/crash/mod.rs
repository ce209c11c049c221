//! kill -9 of the broker at random moments, so that every window between two durable steps is met; and
//! what holds afterwards.
//!
//! The moment is random. So that short windows are met as often as long ones, most kills wait for one:
//! the broker is stopped (SIGSTOP) again and again at random moments, and killed where its journal shows
//! the window that was met least so far.

mod account;
mod again;
mod approving;
mod deed;
mod window;

use crate::stage::{Books, PATIENCE, Stage, sized, until_within};
use deed::Deed;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rustix::process::Signal;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use window::{Hits, Window, try_windows, windows};

/// How long the destination may leave an outcome open: what was sent is given half a minute to show.
const RESOLVED_WITHIN: Duration = Duration::from_secs(110);

#[tokio::test(flavor = "multi_thread")]
async fn kill_nine_at_every_moment_loses_nothing() {
    let seed = std::env::var("BAILIWICK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    let kills = sized(24, 100);
    println!("seed {seed} (BAILIWICK_SEED), {kills} kills");
    let mut random = StdRng::seed_from_u64(seed);
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let (mut hits, mut deeds) = (Hits::default(), Vec::new());
    let started = Instant::now();
    for number in 0..kills {
        let mut batch = Deed::three(&stage, &holder, &format!("kill-{number}")).await;
        kill_during(&mut stage, &mut batch, &mut hits, &mut random).await;
        stage.raise().await;
        send_again(&stage, &mut batch).await;
        deeds.append(&mut batch);
    }
    println!("{kills} kills in {:.1} s; hits per window:", started.elapsed().as_secs_f64());
    for window in Window::ALL {
        println!("  {:>4}  {window}", hits.of(window));
    }
    resolved(&stage).await;
    account::settle(&stage, &deeds).await;
    assert!(hits.fewest() >= sized(1, 5), "a window was met too seldom (seed {seed}): {hits:?}");
}

/// Sends the batch and kills the broker while it works on it.
async fn kill_during(stage: &mut Stage, batch: &mut [Deed], hits: &mut Hits, random: &mut StdRng) {
    let agent = stage.agent().await;
    let mut asking = JoinSet::new();
    for (index, deed) in batch.iter().enumerate() {
        let (agent, ask) = (agent.clone(), deed.ask.clone());
        asking.spawn(async move { (index, agent.ask(&ask).await) });
    }
    let fewest = hits.fewest();
    let rare: Vec<Window> = Window::ALL.into_iter().filter(|window| hits.of(*window) == fewest).collect();
    // One kill in four takes whatever window it meets.
    let wanted =
        if random.random_ratio(1, 4) { None } else { Some(rare[random.random_range(0..rare.len())]) };
    match wanted {
        None => tokio::time::sleep(Duration::from_micros(random.random_range(0..120_000))).await,
        Some(wanted) => lie_in_wait(stage, wanted, random).await,
    }
    stage.kill().await;
    hits.count(windows(&Books::copy(&stage.places().ledger())));
    while let Some(answer) = asking.join_next().await {
        let (index, answer) = answer.unwrap();
        if let Ok(view) = answer
            && let (Some(receipt), Some(outcome)) = (view.receipt, view.outcome)
        {
            batch[index].told = Some((receipt, outcome));
        }
    }
}

/// Stops the broker at random moments until something is in the wanted window, and leaves it stopped.
async fn lie_in_wait(stage: &Stage, wanted: Window, random: &mut StdRng) {
    let books = Books::open(&stage.places().ledger());
    books.connection().busy_timeout(Duration::from_millis(5)).unwrap();
    let started = Instant::now();
    let mut begun = false;
    loop {
        stage.broker().signal(Signal::STOP);
        // Stopped inside a commit, the broker may keep readers out: then this moment tells nothing.
        if let Ok(met) = try_windows(&books) {
            begun |= !met.is_empty();
            let over = begun && met.is_empty();
            if met.contains(&wanted) || over || started.elapsed() > PATIENCE {
                return;
            }
        }
        stage.broker().signal(Signal::CONT);
        tokio::time::sleep(Duration::from_micros(random.random_range(50..1_500))).await;
    }
}

/// Sends every request of the batch once more, unchanged: what was received is answered and not repeated.
async fn send_again(stage: &Stage, batch: &mut [Deed]) {
    let agent = stage.agent().await;
    for deed in batch {
        let view = agent.ask(&deed.ask).await.unwrap();
        if let Some((receipt, outcome)) = &deed.told {
            assert!(view.replayed, "an answered request was run again: {view:?}");
            assert_eq!(view.receipt.as_ref(), Some(receipt), "another receipt after the kill");
            let resolved = outcome == "unknown";
            assert!(resolved || view.outcome.as_ref() == Some(outcome), "another outcome after the kill");
        }
        deed.view = Some(view);
    }
}

/// Waits until no outcome is open.
async fn resolved(stage: &Stage) {
    let started = Instant::now();
    until_within(RESOLVED_WITHIN, "every outcome is known", async || {
        (Books::open(&stage.places().ledger()).open_operations() == 0).then_some(())
    })
    .await;
    println!("every outcome was known {:.1} s after the last start", started.elapsed().as_secs_f64());
}
