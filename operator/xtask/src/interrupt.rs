//! Whether the user wants to stop: by Ctrl-C, a TERM or HUP signal, or `cargo xtask down`. Long waits
//! ask it often, so that the world ends in order; a second Ctrl-C ends this process at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Asked between steps and inside waits.
pub struct Interrupt {
    signalled: Arc<AtomicBool>,
    request: Option<PathBuf>,
}

impl Interrupt {
    /// Takes over the three signals; the file that may ask for the end as well is given by its path.
    pub fn install(request: Option<PathBuf>) -> Result<Self> {
        let signalled = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal only raises the flag, the second finds it raised.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&signalled))
                .and_then(|_| flag::register(signal, Arc::clone(&signalled)))
                .context("failed to listen for signals")?;
        }
        Ok(Self { signalled, request })
    }

    /// Whether to stop.
    pub fn requested(&self) -> bool {
        self.signalled.load(Ordering::Relaxed) || self.request.as_ref().is_some_and(|file| file.exists())
    }

    /// An error when it is time to stop.
    pub fn check(&self) -> Result<()> {
        if self.requested() {
            bail!("interrupted");
        }
        Ok(())
    }
}

/// The file whose existence asks the world in `dir` to end.
pub fn request_file(dir: &Path) -> PathBuf {
    dir.join("down-requested")
}
