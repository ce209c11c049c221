//! Messages to and from a security key, in reports of 64 bytes: CTAPHID (CTAP 2.1, 11.2).

use crate::error::CeremonyError;
use std::time::{Duration, Instant};

/// How long a report is.
pub const REPORT_BYTES: usize = 64;

/// One report.
pub type Report = [u8; REPORT_BYTES];

/// A device that takes and gives reports: a security key at USB, or one in software.
pub trait Reports {
    /// Hands one over.
    fn send(&self, report: &Report) -> Result<(), CeremonyError>;

    /// The next one; `None` if none comes within so long.
    fn receive(&self, within: Duration) -> Result<Option<Report>, CeremonyError>;
}

/// How long a person is waited for.
pub struct Patience<'a> {
    until: Instant,
    given_up: &'a dyn Fn() -> bool,
}

impl<'a> Patience<'a> {
    /// Until somebody gives up, and at most so long.
    pub fn new(at_most: Duration, given_up: &'a dyn Fn() -> bool) -> Patience<'a> {
        Patience { until: Instant::now() + at_most, given_up }
    }

    fn over(&self) -> Option<CeremonyError> {
        if (self.given_up)() {
            return Some(CeremonyError::Declined);
        }
        (Instant::now() >= self.until).then_some(CeremonyError::TimedOut)
    }
}

const MESSAGE: u8 = 0x80;
const INIT: u8 = 0x06;
const CBOR: u8 = 0x10;
const CANCEL: u8 = 0x11;
const KEEPALIVE: u8 = 0x3b;
const ERROR: u8 = 0x3f;

const BROADCAST: [u8; 4] = [0xff; 4];
const SPEAKS_CBOR: u8 = 0x04;

/// What the first report of a message holds of it, and what each further one does.
const FIRST: usize = REPORT_BYTES - 7;
const FURTHER: usize = REPORT_BYTES - 5;
/// The first report and 128 further ones.
const MAX_MESSAGE: usize = FIRST + 128 * FURTHER;

const TICK: Duration = Duration::from_millis(100);
/// A key that works or waits says so every tenth of a second.
const SILENCE: Duration = Duration::from_secs(3);

/// A channel of one program to one security key.
pub(super) struct Channel {
    reports: Box<dyn Reports>,
    id: [u8; 4],
}

impl Channel {
    /// Asks the key for a channel. `None`: it speaks no CTAP 2.
    pub(super) fn open(reports: Box<dyn Reports>) -> Result<Option<Channel>, CeremonyError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| CeremonyError::System(error.to_string()))?;
        let mut channel = Channel { reports, id: BROADCAST };
        channel.write(INIT, &nonce)?;
        let until = Instant::now() + SILENCE;
        while Instant::now() < until {
            // Other programs ask on the same channel: the answer to this one begins with its nonce.
            let Some((INIT, answer)) = channel.read(SILENCE)? else { continue };
            if let [own @ .., a, b, c, d, _, _, _, _, capabilities] = answer.as_slice()
                && *own == nonce
            {
                channel.id = [*a, *b, *c, *d];
                return Ok((capabilities & SPEAKS_CBOR != 0).then_some(channel));
            }
        }
        Err(silent())
    }

    /// Sends a CBOR message and waits for its answer. Whoever gives up, or has waited too long, gets no answer
    /// even if one comes after all.
    pub(super) fn call(&self, message: &[u8], patience: &Patience<'_>) -> Result<Vec<u8>, CeremonyError> {
        self.write(CBOR, message)?;
        let mut heard = Instant::now();
        let mut over = None;
        loop {
            if over.is_none()
                && let Some(why) = patience.over()
            {
                self.write(CANCEL, &[])?;
                over = Some(why);
                heard = Instant::now();
            }
            match self.read(TICK)? {
                Some((KEEPALIVE, _)) if over.is_none() => heard = Instant::now(),
                Some((KEEPALIVE, _)) | None => {}
                Some((CBOR, answer)) => return over.map_or(Ok(answer), Err),
                Some((ERROR, code)) => return Err(over.unwrap_or_else(|| transport(&code))),
                Some((other, _)) => {
                    return Err(CeremonyError::System(format!("the security key answers with {other:#04x}")));
                }
            }
            if heard.elapsed() > SILENCE {
                return Err(over.unwrap_or_else(silent));
            }
        }
    }

    fn write(&self, command: u8, message: &[u8]) -> Result<(), CeremonyError> {
        let length = u16::try_from(message.len()).ok().filter(|_| message.len() <= MAX_MESSAGE);
        let [high, low] = length.ok_or_else(|| garbled("a message is too long"))?.to_be_bytes();
        let (first, rest) = message.split_at(message.len().min(FIRST));
        self.reports.send(&self.report(&[command | MESSAGE, high, low], first))?;
        for (sequence, part) in (0_u8..).zip(rest.chunks(FURTHER)) {
            self.reports.send(&self.report(&[sequence], part))?;
        }
        Ok(())
    }

    fn report(&self, head: &[u8], part: &[u8]) -> Report {
        let mut report = [0; REPORT_BYTES];
        let bytes = self.id.iter().chain(head).chain(part);
        report.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        report
    }

    /// The next message on this channel; `None` if none begins within so long.
    fn read(&self, within: Duration) -> Result<Option<(u8, Vec<u8>)>, CeremonyError> {
        let Some(report) = self.own(within)? else { return Ok(None) };
        let [command, high, low, data @ ..] = report.as_slice() else { return Ok(None) };
        // A further report of a message that nobody here waits for.
        if command & MESSAGE == 0 {
            return Ok(None);
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > MAX_MESSAGE {
            return Err(garbled("an answer is too long"));
        }
        let mut message = data.to_vec();
        let mut expected: u8 = 0;
        while message.len() < length {
            let report = self.own(SILENCE)?.ok_or_else(silent)?;
            match report.as_slice() {
                [sequence, part @ ..] if *sequence == expected => message.extend_from_slice(part),
                _ => return Err(garbled("parts of an answer are missing")),
            }
            expected = expected.wrapping_add(1);
        }
        message.truncate(length);
        Ok(Some((command & !MESSAGE, message)))
    }

    /// The next report on this channel, without its channel's id.
    fn own(&self, within: Duration) -> Result<Option<Vec<u8>>, CeremonyError> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.reports.receive(left)? {
                None => return Ok(None),
                Some(report) => {
                    if let Some(own) = report.strip_prefix(&self.id) {
                        return Ok(Some(own.to_vec()));
                    }
                }
            }
            if left.is_zero() {
                return Ok(None);
            }
        }
    }
}

fn silent() -> CeremonyError {
    CeremonyError::System("the security key does not answer; unplug it and plug it in again".into())
}

pub(super) fn garbled(what: &str) -> CeremonyError {
    CeremonyError::System(format!("the security key and this program do not understand each other: {what}"))
}

fn transport(code: &[u8]) -> CeremonyError {
    match code {
        [0x06, ..] => CeremonyError::System("another program is using the security key".into()),
        [code, ..] => garbled(&format!("error {code:#04x}")),
        [] => garbled("an error without a number"),
    }
}
