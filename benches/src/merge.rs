//! A merge on the practice range: the broker's operation, from the agent's request to its answer, and the
//! same HTTP calls made directly, one after the other, over one connection.
//!
//! The direct calls are the ones that the range saw of the broker in the same round, carried over to a
//! pull request of the same kind. There are two sums: with a token in hand (evidence and merge), and with
//! what a broker's care costs a client, too (minting and destroying two tokens and proving them dead). What is read
//! before anything is changed is the evidence: from its first call to its last answer, and the sum of its calls.

use crate::Failed;
use crate::direct::{Call, Direct};
use crate::policy_texts::always_open;
use crate::realm::{Holder, Realm};
use crate::rounds::Series;
use crate::row::{Against, Goal, Line, time};
use bailiwick_authority::{Connection, Digest, GitHubApp, Resource};
use bailiwick_broker::root_secret_name;
use bailiwick_keystore::{ExposeSecret as _, root_fingerprint};
use bailiwick_practice::{Conditions, Control, Options, Prepared, Range, Seed, Seen, Sender};
use std::path::Path;
use std::time::{Duration, Instant};

const CONNECTION: &str = "practice";
const REPOSITORY: &str = "acme/backend";

/// Rounds; each merges two pull requests on a real git repository.
const ROUNDS: u32 = 15;

/// The rows of this file.
pub(crate) fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let workers =
        |count| tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build();
    // The destination has threads of its own: starting git holds one up, which must not be the broker's.
    let destination = workers(4)?;
    let mut options = Options::default();
    // By its path, git is started without a copy of this process, which is large by now.
    options.git = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file())
    });
    let range = destination.block_on(Range::start(Seed::story(), options))?;
    let measured = workers(2)?.block_on(measured(&folder.join("merge"), &range))?;
    destination.block_on(range.stop());
    let [ours, waited, with_token, every, gathered, read] = measured.series.map(Series::of);
    let row = |path: &str, ours: &Series, against, other: &Series, goal| Line {
        path: path.to_owned(),
        ours: time(ours.median()),
        against,
        ratio: ours.over(other),
        goal,
        later: None,
    };
    let line = |against, other, goal| row("a merge on the practice range", &ours, against, other, goal);
    let [few, all, reading] = measured.calls;
    Ok(vec![
        row(
            "the evidence for it",
            &gathered,
            Against::Floor(format!("its {reading} calls one after the other {}", time(read.median()))),
            &read,
            Goal::AtMost(1.1),
        ),
        line(
            Against::Floor(format!("the {few} calls with a token in hand {}", time(with_token.median()))),
            &with_token,
            Goal::AtMost(1.1),
        ),
        line(
            Against::Floor(format!("all {all} calls, two tokens' lives included {}", time(every.median()))),
            &every,
            Goal::AtMost(1.1),
        ),
        line(
            Against::Ours(format!("of which the range was answering {}", time(waited.median()))),
            &waited,
            Goal::None,
        ),
    ])
}

struct Measured {
    /// Ours, how much of it the range was answering, calls with a token in hand, every call, our evidence, its
    /// calls; microseconds.
    series: [Vec<f64>; 6],
    /// How many calls the three sums have.
    calls: [usize; 3],
}

/// One merge through the broker.
struct Brokered {
    /// From request to answer, in microseconds.
    took: f64,
    /// How much of that at least one call was being answered.
    waited: f64,
    /// From the first call of its evidence to the last answer.
    gathered: f64,
    calls: Vec<Call>,
    subject: Subject,
}

/// Which of these calls are the evidence: what is read with the first token.
fn evidence(calls: &[Call]) -> std::ops::Range<usize> {
    let first = calls.iter().position(|call| !call.is_of_credentials()).unwrap_or(calls.len());
    let rest = calls.iter().skip(first);
    first..first + rest.take_while(|call| !call.is_of_credentials() && call.method == "GET").count()
}

/// How long at least one of these requests was being answered, in microseconds.
fn answering(requests: &[Seen]) -> f64 {
    let mut spans: Vec<(Instant, Instant)> =
        requests.iter().filter_map(|seen| Some((seen.at, seen.answered_at?))).collect();
    spans.sort();
    let (mut sum, mut until) = (Duration::ZERO, None);
    for (from, to) in spans {
        let from = until.map_or(from, |until: Instant| from.max(until));
        sum += to.saturating_duration_since(from);
        until = Some(until.map_or(to, |until| until.max(to)));
    }
    sum.as_secs_f64() * 1e6
}

/// The range, a broker connected to it, and an agent that may merge.
struct Scene<'a> {
    range: &'a Range,
    realm: Realm,
    agent: Holder,
    repository: Resource,
}

async fn measured(folder: &Path, range: &Range) -> Result<Measured, Failed> {
    let scene = Scene::start(folder, range).await?;
    let mut direct = Direct::connect(scene.range.url()).await?;
    let mut measured = Measured { series: Default::default(), calls: [0; 3] };
    for round in 0..=ROUNDS {
        let own = scene.brokered(round).await?;
        let [with_token, every, read] = scene.direct(&mut direct, round, &own).await?;
        if round > 0 {
            let figures = [own.took, own.waited, with_token, every, own.gathered, read];
            for (series, figure) in measured.series.iter_mut().zip(figures) {
                series.push(figure);
            }
            let few = own.calls.iter().filter(|call| !call.is_of_credentials()).count();
            measured.calls = [few, own.calls.len(), evidence(&own.calls).len()];
        }
    }
    scene.realm.end().await?;
    Ok(measured)
}

impl<'a> Scene<'a> {
    async fn start(folder: &Path, range: &'a Range) -> Result<Scene<'a>, Failed> {
        let pem = range.app().private_key_pem().clone();
        let secret_name = root_secret_name(&CONNECTION.parse()?);
        let realm = Realm::found(folder, &[(&secret_name, &pem)]).await?;
        realm.activate(always_open()).await?;
        let connection = Connection {
            series: CONNECTION.parse()?,
            previous: None,
            api: range.url().to_owned(),
            github: GitHubApp { app: range.app().app_id(), installation: range.app().installation_id() },
            root: Digest::from_bytes(root_fingerprint(pem.expose_secret())?),
            certificate_authority: None,
            proxy: None,
        };
        realm.submit(&realm.sign(connection)?, None).await?;
        let id = range.control().repository_id(REPOSITORY)?;
        let repository = Resource { id: format!("repository:{id}").parse()?, name: REPOSITORY.parse()? };
        let agent = realm.delegate(CONNECTION, &repository).await?;
        Ok(Scene { range, realm, agent, repository })
    }

    async fn brokered(&self, round: u32) -> Result<Brokered, Failed> {
        let control = self.range.control();
        let subject = Subject::prepare(&control, &format!("brokered-{round}")).await?;
        let ask = self.realm.merge(&self.agent, CONNECTION, &self.repository, &subject.pull.branch)?;
        control.clear_requests();
        let start = Instant::now();
        let view = self.realm.agents.ask(&ask).await?;
        let took = start.elapsed().as_secs_f64() * 1e6;
        if view.outcome.as_deref() != Some("succeeded") {
            return Err(format!("the merge ended as {:?}: {:?}", view.outcome, view.reason).into());
        }
        let requests = control.requests();
        let waited = answering(&requests);
        let spans: Vec<_> = requests.iter().map(|seen| (seen.at, seen.answered_at)).collect();
        let seen = requests.into_iter().map(|seen| {
            let app = matches!(seen.sender, Sender::App { .. });
            let refused = matches!(seen.sender, Sender::Refused { .. });
            let path = match &seen.query {
                Some(query) => format!("{}?{query}", seen.path),
                None => seen.path.clone(),
            };
            Call { method: seen.method, path, as_app: app, after_death: refused }
        });
        let calls: Vec<Call> = seen.collect();
        let read = spans.get(evidence(&calls)).unwrap_or_default();
        let begun = read.iter().map(|span| span.0).min();
        let ended = read.iter().filter_map(|span| span.1).max();
        let gathered = begun.zip(ended).ok_or("nothing was read for the merge")?;
        let gathered = (gathered.1 - gathered.0).as_secs_f64() * 1e6;
        Ok(Brokered { took, waited, gathered, calls, subject })
    }

    /// The same calls on another pull request: the sum with a token in hand, of all, and of the evidence.
    async fn direct(&self, direct: &mut Direct, round: u32, own: &Brokered) -> Result<[f64; 3], Failed> {
        let control = self.range.control();
        let to = Subject::prepare(&control, &format!("direct-{round}")).await?;
        direct.assertion = self.range.app().assertion_now();
        let repository = control.repository_id(REPOSITORY)?;
        let (mut with_token, mut every, mut read) = (0.0, 0.0, 0.0);
        let evidence = evidence(&own.calls);
        for (place, call) in own.calls.iter().enumerate() {
            let call = Call { path: to.instead_of(&own.subject, &call.path), ..call.clone() };
            let took = direct.make(&call, repository, to.pull.head.as_str()).await?;
            every += took;
            if evidence.contains(&place) {
                read += took;
            }
            if !call.is_of_credentials() {
                with_token += took;
            }
        }
        if control.pull(REPOSITORY, to.pull.number)?.merged_as.is_none() {
            return Err("the direct calls did not merge".into());
        }
        Ok([with_token, every, read])
    }
}

/// A pull request, with where `main` stood when it was made.
struct Subject {
    pull: Prepared,
    main: String,
}

impl Subject {
    async fn prepare(control: &Control, branch: &str) -> Result<Subject, Failed> {
        let main = control.tip(REPOSITORY, "main")?.as_str().to_owned();
        let pull = control.prepare_pull(REPOSITORY, branch, Conditions::met()).await?;
        Ok(Subject { pull, main })
    }

    /// A path about another pull request, as it is about this one.
    fn instead_of(&self, other: &Subject, path: &str) -> String {
        let number = |subject: &Subject| format!("/pulls/{}", subject.pull.number);
        let (old, new) = (number(other), number(self));
        let mut path = path
            .replace(other.pull.head.as_str(), self.pull.head.as_str())
            .replace(&other.main, &self.main)
            .replace(&other.pull.branch, &self.pull.branch);
        for end in ["/", "?"] {
            path = path.replace(&format!("{old}{end}"), &format!("{new}{end}"));
        }
        match path.strip_suffix(&old) {
            Some(before) => format!("{before}{new}"),
            None => path,
        }
    }
}
