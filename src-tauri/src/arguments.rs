//! The console's command line.

use clap::Parser;
use std::path::PathBuf;

/// The desktop console of Bailiwick.
#[derive(Parser, Clone, Debug)]
#[command(name = "bailiwick-console", version)]
pub(crate) struct Arguments {
    /// Keep everything of the profile below FOLDER; a profile of its own
    #[arg(long, value_name = "FOLDER", env = "BAILIWICK_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Start in the tray, without a window
    #[arg(long)]
    pub(crate) hidden: bool,
}
