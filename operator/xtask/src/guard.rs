//! Runs commands so that they, and everything they start, end with this process, however it ends. The
//! kernel tells a small supervisor about the end of its parent; it kills what is below it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::gobuild::{self, Build};

/// The supervisor: the same Go module as the control plane without the Kubernetes sources, built within
/// seconds. Must be called, as its users must be spawned, on a thread that lives until the end.
pub fn supervisor() -> Result<PathBuf> {
    gobuild::ensure(&Build {
        module: gobuild::CONTROL_PLANE,
        module_file: gobuild::MODULE_FILE,
        name: "supervisor",
        takes: "some seconds",
        tags: "supervise_only",
        linker_flags: "-s -w",
        guard: None,
    })
}

/// A command whose process tree ends when this process does. Its stdin is empty.
pub fn command(supervisor: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(supervisor);
    command
        .args(["guard", &std::process::id().to_string()])
        .arg(program);
    command
}
