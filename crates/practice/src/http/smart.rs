//! Smart HTTP for git: `git http-backend` behind Basic authentication.
//!
//! Reading needs `contents: read`, pushing `contents: write`. A push to a protected branch is turned
//! down before git sees it, in the words of the protocol, as GitHub's own pre-receive check does.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;

use super::answer::Reply;
use super::caller::{self, Caller};
use super::path;
use crate::git::{Ran, Store, feed};
use crate::permission::Level;
use crate::range::Inner;
use crate::world::World;

/// What a git client asks of a repository.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    owner: String,
    name: String,
    service: String,
}

/// Whether a path is git's: `/{owner}/{repo}.git/info/refs` and the two services.
pub(crate) fn asked(raw: &str) -> Option<Asked> {
    let segments = path::segments(raw)?;
    let (owner, name, service) = match segments.as_slice() {
        [owner, name, info, refs] if info == "info" && refs == "refs" => (owner, name, "info/refs"),
        [owner, name, service] if service == "git-upload-pack" => (owner, name, "git-upload-pack"),
        [owner, name, service] if service == "git-receive-pack" => (owner, name, "git-receive-pack"),
        _ => return None,
    };
    let name = name.strip_suffix(".git").unwrap_or(name).to_owned();
    Some(Asked { owner: owner.clone(), name, service: service.to_owned() })
}

fn words(status: u16, text: &str) -> Reply {
    Reply::raw(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
}

fn challenge() -> Reply {
    words(401, "No anonymous write access.").header("www-authenticate", "Basic realm=\"GitHub\"")
}

/// Serves one request of a git client.
pub(crate) async fn serve(
    inner: &Arc<Inner>,
    number: u64,
    asked: &Asked,
    head: &Parts,
    body: Bytes,
) -> Reply {
    let (sender, caller) = caller::identify(inner, &head.headers);
    inner.note(number, |seen| {
        seen.sender = sender;
        seen.operation = Some("git");
    });
    let Ok(caller) = caller else {
        let text = "Invalid username or token. Password authentication is not supported for Git operations.";
        return words(401, text).header("www-authenticate", "Basic realm=\"GitHub\"");
    };
    let query = head.uri.query().unwrap_or_default();
    let pushing = asked.service == "git-receive-pack" || query == "service=git-receive-pack";
    let found = find(inner, &caller, asked, pushing, head);
    let (id, store) = match found {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    inner.note(number, |seen| seen.repository = Some(id));
    if asked.service == "git-receive-pack" {
        return receive(inner, id, &store, head, body, &caller).await;
    }
    backend(&store, &asked.service, head, &body).await
}

fn find(
    inner: &Inner,
    caller: &Caller,
    asked: &Asked,
    pushing: bool,
    head: &Parts,
) -> Result<(u64, Arc<Store>), Reply> {
    let world = inner.world.lock();
    let missing = || {
        if matches!(caller, Caller::Nobody) { challenge() } else { words(404, "Repository not found.") }
    };
    let Some(repository) = world.named(&asked.owner, &asked.name) else {
        let Some(moved) = world.moved(&asked.owner, &asked.name).filter(|r| caller.sees(&world, r)) else {
            return Err(missing());
        };
        let owner = world.accounts.get(&moved.owner).map(|a| a.login.clone()).unwrap_or_default();
        let query = head.uri.query().map(|q| format!("?{q}")).unwrap_or_default();
        let url = format!("{}/{owner}/{}.git/{}{query}", inner.links.web, moved.name, asked.service);
        return Err(words(301, "").header("location", url));
    };
    if !caller.sees(&world, repository) {
        return Err(missing());
    }
    let level = if pushing { Level::Write } else { Level::Read };
    if !caller.may(&world, repository, &[("contents", level)]) {
        return Err(match caller {
            Caller::Nobody => challenge(),
            _ if pushing => words(403, "Write access to repository not granted."),
            _ => words(403, "Read access to repository not granted."),
        });
    }
    Ok((repository.id, Arc::clone(&repository.store)))
}

/// A push: judged, done under the repository's lock, and what it moved taken over.
async fn receive(
    inner: &Arc<Inner>,
    id: u64,
    store: &Store,
    head: &Parts,
    body: Bytes,
    caller: &Caller,
) -> Reply {
    if head.headers.contains_key(http::header::CONTENT_ENCODING) {
        return words(415, "A push must not be compressed.");
    }
    let _writing = store.writing.lock().await;
    let Some(push) = Push::read(&body) else { return words(400, "The push could not be read.") };
    let declined = declined(&inner.world.lock(), id, caller, &push);
    if !declined.is_empty() {
        return push.decline(&declined);
    }
    let reply = backend(store, "git-receive-pack", head, &body).await;
    if inner.refresh(id, store).await.is_err() {
        return words(500, "Server Error");
    }
    reply
}

/// The refs of a push that protection does not let through, each with the reason.
fn declined(world: &World, id: u64, caller: &Caller, push: &Push) -> Vec<(String, &'static str)> {
    let Some(repository) = world.repositories.get(&id) else { return Vec::new() };
    let account = caller.account(world);
    let admin = matches!(caller, Caller::User { .. })
        && account.and_then(|id| world.role(repository, id)) == Some(crate::seed::Role::Admin);
    push.refs
        .iter()
        .filter_map(|name| {
            if name.starts_with("refs/pull/") {
                return Some((name.clone(), "deny updating a hidden ref"));
            }
            let protection = repository.protected(name.strip_prefix("refs/heads/")?)?;
            let free = admin && !protection.enforce_admins;
            (!free).then(|| (name.clone(), "protected branch hook declined"))
        })
        .collect()
}

/// The commands at the start of a push.
struct Push {
    refs: Vec<String>,
    side_band: bool,
    report: bool,
}

impl Push {
    /// Reads `<old> <new> <ref>[NUL capabilities]` packets up to the flush.
    fn read(body: &[u8]) -> Option<Self> {
        let mut push = Self { refs: Vec::new(), side_band: false, report: false };
        let mut rest = body;
        loop {
            let (length, after) = rest.split_at_checked(4)?;
            let length = usize::from_str_radix(std::str::from_utf8(length).ok()?, 16).ok()?;
            if length == 0 {
                return Some(push);
            }
            let (packet, next) = after.split_at_checked(length.checked_sub(4)?)?;
            rest = next;
            let text = String::from_utf8_lossy(packet);
            let (command, capabilities) = text.split_once('\0').unwrap_or((&text, ""));
            push.side_band |= capabilities.contains("side-band-64k");
            push.report |= capabilities.contains("report-status");
            if let Some(name) = command.trim_end().splitn(3, ' ').nth(2) {
                push.refs.push(name.to_owned());
            }
        }
    }

    /// The report that nothing was taken, and why.
    fn decline(&self, declined: &[(String, &'static str)]) -> Reply {
        let mut report = packet("unpack ok\n");
        for name in &self.refs {
            let reason =
                declined.iter().find(|(other, _)| other == name).map_or("pre-receive hook declined", |d| d.1);
            report.push_str(&packet(&format!("ng {name} {reason}\n")));
        }
        report.push_str("0000");
        let text = match (self.report, self.side_band) {
            (false, _) => String::new(),
            (true, false) => report,
            (true, true) => {
                let said: String = declined
                    .iter()
                    .map(|(name, _)| format!("error: GH006: Protected branch update failed for {name}.\n"))
                    .collect();
                format!("{}{}0000", packet(&format!("\u{2}{said}")), packet(&format!("\u{1}{report}")))
            }
        };
        Reply::raw(200, "application/x-git-receive-pack-result", text.into_bytes())
            .header("cache-control", "no-cache")
    }
}

fn packet(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// Runs `git http-backend` as the CGI program that it is.
async fn backend(store: &Store, service: &str, head: &Parts, body: &[u8]) -> Reply {
    let mut command = store.git().command(store.dir());
    let text = |name: &str| header(&head.headers, name);
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", store.dir())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{service}"))
        .env("REQUEST_METHOD", head.method.as_str())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", text("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
        .env("GIT_PROTOCOL", text("git-protocol"))
        .env("REMOTE_USER", "x-access-token")
        .env("REMOTE_ADDR", "127.0.0.1");
    match feed(command, Some(body)).await {
        Ok(Ran { stdout, .. }) => cgi(stdout).unwrap_or_else(|| words(500, "Server Error")),
        Err(_) => words(500, "Server Error"),
    }
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// A CGI answer: header lines, an empty line, the body.
fn cgi(output: Vec<u8>) -> Option<Reply> {
    let end = output.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = output.split_at_checked(end)?;
    let mut status = 200;
    let mut kind = "text/plain".to_owned();
    for line in String::from_utf8_lossy(head).lines() {
        let (name, value) = line.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "status" => status = value.split_whitespace().next()?.parse().ok()?,
            "content-type" => value.trim().clone_into(&mut kind),
            _ => {}
        }
    }
    let body = body.get(4..)?.to_vec();
    Some(Reply::raw(status, &kind, body).header("cache-control", "no-cache, max-age=0, must-revalidate"))
}
