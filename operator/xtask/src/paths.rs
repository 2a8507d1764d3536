//! Where things are: the repository, the per-user cache. Nothing else is written outside the folders
//! that the user names and cargo's target directory.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the manifest lies in operator/xtask")
}

/// `${XDG_CACHE_HOME:-$HOME/.cache}/sas-operator`, created when it is missing. Holds what is slow to
/// build and can be deleted at any time.
pub fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|value| Path::new(value).is_absolute()) {
        Some(base) => PathBuf::from(base),
        None => env::home_dir()
            .context("failed to find a cache folder: set HOME or XDG_CACHE_HOME")?
            .join(".cache"),
    };
    let cache = base.join("sas-operator");
    std::fs::create_dir_all(&cache).with_context(|| format!("failed to create {}", cache.display()))?;
    Ok(cache)
}

/// The folder for files of this run only, `TARGET/sas-NAME-PID`, empty.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(target) => root().join(target),
        None => root().join("target"),
    };
    let dir = target.join(format!("sas-{name}-{}", std::process::id()));
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("failed to empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
    Ok(dir)
}
