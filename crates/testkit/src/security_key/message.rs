//! CTAPHID from the key's side (CTAP 2.1, 11.2).

use super::Out;

pub(super) type Report = [u8; 64];

pub(super) const INIT: u8 = 0x06;
pub(super) const CBOR: u8 = 0x10;
pub(super) const CANCEL: u8 = 0x11;
pub(super) const KEEPALIVE: u8 = 0x3b;

const SPEAKS_CBOR: u8 = 0x04;

/// What goes over the line, in both directions.
#[derive(Default)]
pub(super) struct Line {
    out: Out,
    channels: u32,
    /// A message that is not whole yet: channel, command, length, what came.
    begun: Option<(u32, u8, usize, Vec<u8>)>,
    /// Who waits for a touch.
    waits: u32,
}

impl Line {
    /// The message that a report completes.
    pub(super) fn take(&mut self, report: &Report) -> Option<(u32, u8, Vec<u8>)> {
        let channel = u32::from_be_bytes(report[..4].try_into().unwrap());
        if report[4] & 0x80 != 0 {
            let length = usize::from(u16::from_be_bytes([report[5], report[6]]));
            self.begun = Some((channel, report[4] & 0x7f, length, report[7..].to_vec()));
        } else {
            let (_, _, _, so_far) = self.begun.as_mut().filter(|begun| begun.0 == channel)?;
            so_far.extend_from_slice(&report[5..]);
        }
        let (_, _, length, so_far) = self.begun.as_ref()?;
        if so_far.len() < *length {
            return None;
        }
        let (channel, command, length, mut message) = self.begun.take()?;
        message.truncate(length);
        Some((channel, command, message))
    }

    pub(super) fn welcome(&mut self, channel: u32, nonce: &[u8]) {
        self.channels += 1;
        let own = self.channels.to_be_bytes();
        self.answer(channel, INIT, &[nonce, &own, &[2, 1, 0, 0, SPEAKS_CBOR]].concat());
    }

    pub(super) fn answer(&mut self, channel: u32, command: u8, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        let head = [&channel.to_be_bytes()[..], &[command | 0x80], &length].concat();
        let (first, rest) = message.split_at(message.len().min(57));
        self.out.push_back(report(&[&head, first].concat()));
        for (sequence, part) in rest.chunks(59).enumerate() {
            let head = [&channel.to_be_bytes()[..], &[u8::try_from(sequence).unwrap()]].concat();
            self.out.push_back(report(&[&head, part].concat()));
        }
    }

    pub(super) fn wait_on(&mut self, channel: u32) {
        self.waits = channel;
    }

    pub(super) fn keep_alive(&mut self, status: u8) {
        if self.out.is_empty() {
            self.answer(self.waits, KEEPALIVE, &[status]);
        }
    }

    pub(super) fn give(&mut self) -> Option<Report> {
        self.out.pop_front()
    }
}

fn report(bytes: &[u8]) -> Report {
    let mut report = [0; 64];
    report[..bytes.len()].copy_from_slice(bytes);
    report
}
