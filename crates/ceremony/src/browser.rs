//! A page of ours in the person's own browser: the browser talks to the authenticator, whichever it is.
//!
//! The page is told what to do once, by a token in its address's fragment, which is not sent to anybody;
//! it shows what will be signed, and begins only when the person says so.

mod desk;
mod guard;
mod peer;
mod place;
mod serve;
mod wire;

pub use place::{PORT, origin};

use crate::authenticator::{Authenticator, Wish};
use crate::error::CeremonyError;
use crate::new_key::{NewKey, check_client_data};
use crate::{RP_ID, spki};
use bailiwick_authority::{Algorithm, Assertion, Digest, PublicKey, SECURITY_KEY_ORIGIN, WebAuthnKey};
use bailiwick_protocol::Shown;
use desk::{Desk, LIMIT, Outcome};
use serve::Server;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use wire::{Answer, Bytes, Task};

/// Opens a page at this address for the person, or says why not.
type Open = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Hears of every page.
type Tell = Box<dyn Fn(Page<'_>) + Send + Sync>;

/// What becomes of a page.
#[derive(Clone, Copy, Debug)]
pub enum Page<'a> {
    /// It is being opened, and waits for its person.
    Opens {
        /// Where it is, for persons whose browser is not found.
        address: &'a str,
        /// What it is for.
        headline: &'a str,
        /// The four words of what is signed; none while a key is made.
        code: &'a [String],
        /// Ends the waiting.
        cancel: &'a Cancel,
    },
    /// It waits no longer.
    Closed,
}

/// Ends a ceremony from elsewhere: its page is worth nothing from then on.
#[derive(Clone, Debug)]
pub struct Cancel(Arc<Desk>);

impl Cancel {
    /// Whoever waits for the page gets [`CeremonyError::Cancelled`].
    pub fn cancel(&self) {
        self.0.clear();
    }
}

/// The page, and the port that it is at, held for as long as this value lives.
pub struct Browser {
    port: u16,
    desk: Arc<Desk>,
    open: Open,
    tell: Tell,
    _server: Server,
}

impl Browser {
    /// Holds [`PORT`] and opens pages in the system's browser; `tell` hears of each before it is opened, and
    /// when it is over.
    pub fn start(tell: impl Fn(Page<'_>) + Send + Sync + 'static) -> Result<Browser, CeremonyError> {
        Browser::at(PORT, tell)
    }

    /// As [`Browser::start`], for a key that was enrolled at another port.
    pub fn for_key(
        key: &WebAuthnKey,
        tell: impl Fn(Page<'_>) + Send + Sync + 'static,
    ) -> Result<Browser, CeremonyError> {
        let port = key.enrolment().origins.iter().find_map(|origin| place::port_of(origin));
        Browser::at(port.ok_or(CeremonyError::OtherWay("in a browser"))?, tell)
    }

    fn at(port: u16, tell: impl Fn(Page<'_>) + Send + Sync + 'static) -> Result<Browser, CeremonyError> {
        let open = |url: &str| open::that_detached(url).map_err(|error| error.to_string());
        Browser::opening(port, Box::new(open), Box::new(tell))
    }

    fn opening(port: u16, open: Open, tell: Tell) -> Result<Browser, CeremonyError> {
        let listeners = place::hold(port)?;
        let own = listeners.first().and_then(|listener| listener.local_addr().ok());
        let port = own.map_or(port, |own| own.port());
        let desk = Arc::new(Desk::default());
        let server = Server::start(listeners, Arc::clone(&desk), port)?;
        Ok(Browser { port, desk, open, tell, _server: server })
    }

    /// The origin of the page.
    pub fn origin(&self) -> String {
        origin(self.port)
    }

    fn perform(
        &self,
        task: Task,
        (headline, code): (&str, &[String]),
        check: impl FnOnce(Answer) -> Result<Outcome, CeremonyError> + Send + 'static,
    ) -> Result<Outcome, CeremonyError> {
        let (token, outcome) = self.desk.open(task, Box::new(check), LIMIT)?;
        let address = format!("{}/#{token}", self.origin());
        let cancel = Cancel(Arc::clone(&self.desk));
        (self.tell)(Page::Opens { address: &address, headline, code, cancel: &cancel });
        let came = match (self.open)(&address) {
            Ok(()) => outcome.recv_timeout(LIMIT),
            Err(why) => {
                self.desk.clear();
                (self.tell)(Page::Closed);
                return Err(CeremonyError::NoBrowser(why));
            }
        };
        (self.tell)(Page::Closed);
        match came {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => {
                self.desk.clear();
                Err(CeremonyError::TimedOut)
            }
            // The desk was cleared by somebody else.
            Err(RecvTimeoutError::Disconnected) => Err(CeremonyError::Cancelled),
        }
    }
}

impl Authenticator for Browser {
    fn enrol(&self, wish: &Wish) -> Result<PublicKey, CeremonyError> {
        let challenge = random()?;
        let task = Task::Enrol {
            headline: wish.headline.clone(),
            person: wish.person.clone(),
            user: Bytes(random()?),
            challenge: Bytes(challenge.clone()),
            rp_id: RP_ID,
            known: wish.known.iter().cloned().map(Bytes).collect(),
            algorithms: Algorithm::ALL.into_iter().map(Algorithm::cose).collect(),
        };
        let page = self.origin();
        let told = (wish.headline.as_str(), [].as_slice());
        let outcome = self.perform(task, told, move |answer| enrolled(answer, &challenge, &page))?;
        match outcome {
            Outcome::Enrolled(key) => Ok(key),
            Outcome::Signed(_) => Err(CeremonyError::NoKey("it signed instead".into())),
        }
    }

    fn assert(
        &self,
        key: &WebAuthnKey,
        statement: &Digest,
        shown: &Shown,
    ) -> Result<Assertion, CeremonyError> {
        let enrolment = key.enrolment();
        if enrolment.rp_id != RP_ID || !enrolment.origins.contains(&self.origin()) {
            return Err(CeremonyError::OtherWay("in a browser, at this page"));
        }
        let credential = enrolment.credential.clone();
        let task = Task::Sign {
            shown: shown.clone(),
            credential: Bytes(credential.clone()),
            challenge: Bytes(statement.as_bytes().to_vec()),
            rp_id: RP_ID,
        };
        // The key itself stays with the caller: what it is held against is read again from its own bytes.
        let key = PublicKey::webauthn(enrolment.clone())
            .map_err(|error| CeremonyError::NoKey(error.to_string()))?;
        let statement = *statement;
        let told = (shown.headline.as_str(), shown.code.as_slice());
        match self.perform(task, told, move |answer| signed(answer, &key, &credential, &statement))? {
            Outcome::Signed(assertion) => Ok(assertion),
            Outcome::Enrolled(_) => Err(CeremonyError::System("it enrolled instead".into())),
        }
    }
}

fn enrolled(answer: Answer, challenge: &[u8], page: &str) -> Result<Outcome, CeremonyError> {
    let Answer::Enrolled { credential, authenticator_data, client_data, public_key, algorithm, transports } =
        answer
    else {
        return Err(CeremonyError::Declined);
    };
    check_client_data(&client_data.0, challenge, page)?;
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|known| known.cose() == algorithm)
        .ok_or_else(|| CeremonyError::NoKey(format!("its algorithm is COSE's {algorithm}")))?;
    let key = spki::key(algorithm, &public_key.0)
        .ok_or_else(|| CeremonyError::NoKey("its public key has another form".into()))?;
    let mut origins = vec![page.to_owned()];
    // What can be plugged in can be used without a browser, too.
    if transports.iter().any(|transport| transport == "usb") {
        origins.push(SECURITY_KEY_ORIGIN.to_owned());
    }
    let credential = credential.0;
    let authenticator_data = &authenticator_data.0;
    NewKey { algorithm, key, credential, authenticator_data, origins }.enrol().map(Outcome::Enrolled)
}

fn signed(
    answer: Answer,
    key: &PublicKey,
    credential: &[u8],
    statement: &Digest,
) -> Result<Outcome, CeremonyError> {
    let Answer::Signed { credential: used, authenticator_data, client_data, signature } = answer else {
        return Err(CeremonyError::Declined);
    };
    if used.0 != credential {
        return Err(CeremonyError::NoSignature(bailiwick_authority::AssertionError::Signature));
    }
    let assertion = Assertion {
        authenticator_data: authenticator_data.0,
        client_data: client_data.0,
        signature: signature.0,
    };
    let key = key.as_webauthn().ok_or(CeremonyError::OtherWay("in a browser"))?;
    key.check(statement, &assertion)?;
    Ok(Outcome::Signed(assertion))
}

fn random() -> Result<Vec<u8>, CeremonyError> {
    let mut bytes = vec![0; 32];
    getrandom::fill(&mut bytes).map_err(|error| CeremonyError::System(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
