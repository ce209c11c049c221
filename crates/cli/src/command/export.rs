//! `export`: writes the whole ledger as JSON lines, which `verify --from` reads: a header, then one entry
//! a line with its statement's envelope.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use bailiwick_person::{Header, LedgerSource};
use clap::Args;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where to.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The file to write; never one that exists
    file: PathBuf,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, status) = setting.console().await?;
    let path = &arguments.file;
    let file = File::create_new(path).map_err(|error| Failure::file("write", path, &error))?;
    let header = Header {
        format: Header::FORMAT.into(),
        version: 1,
        realm: status.realm,
        broker_key: status.broker_key,
        entries: status.entries,
        head: status.head,
    };
    let mut source = LedgerSource::broker(console, header.entries);
    if let Err(failure) = write(file, path, &header, &mut source).await {
        // What is half written would only be refused later.
        std::fs::remove_file(path).ok();
        return Err(failure);
    }
    let value = serde_json::json!({"file": path, "entries": header.entries, "head": header.head});
    let output = &setting.output;
    output.result(&value, || {
        format!(
            "{} {} entries to `{}`; verify them with `bailiwick verify --from`",
            output.tone(Tone::Good, "exported"),
            header.entries,
            path.display()
        )
    })?;
    Ok(Exit::Done)
}

async fn write(file: File, path: &Path, header: &Header, source: &mut LedgerSource) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("write", path, &error);
    let mut lines = BufWriter::new(file);
    put(&mut lines, header).map_err(failed)?;
    while let Some(entry) = source.next().await? {
        put(&mut lines, &entry).map_err(failed)?;
    }
    let file = lines.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)
}

fn put(lines: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    lines.write_all(&line)
}
