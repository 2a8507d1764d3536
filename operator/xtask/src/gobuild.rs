//! Builds the repository's Go modules once per content and toolchain. The result lies in the cache under
//! a digest of everything that went into it; two builders wait for each other.

use std::env;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::paths;
use crate::progress::Counter;

/// The modules' folders in the repository.
pub const MODULES: [&str; 3] = [CONTROL_PLANE, VENDOR_CORES, GITOPS_TOOLS];
/// The control plane for tests, and the supervisor.
pub const CONTROL_PLANE: &str = "tests/controlplane";
/// The vendor's Go cores behind one program.
pub const VENDOR_CORES: &str = "tests/conformance/go";
/// The cores of Argo CD and Flux behind one program.
pub const GITOPS_TOOLS: &str = "tests/gitops";

/// The module file of a module that is built against one set of versions.
pub const MODULE_FILE: &str = "go.mod";

/// Oldest Go that builds the modules.
const LEAST_GO: (u32, u32) = (1, 26);

/// One way to build a module.
pub struct Build<'a> {
    /// The module's folder, one of [`MODULES`].
    pub module: &'a str,
    /// The module file, one of the folder's: the same sources may be built against other versions.
    pub module_file: &'a str,
    /// Name of the program, and of its folder in the cache.
    pub name: &'a str,
    /// How long a first build takes, in words.
    pub takes: &'a str,
    /// Build tags, comma separated.
    pub tags: &'a str,
    /// Flags for the linker.
    pub linker_flags: &'a str,
    /// Under which program Go runs, see [`crate::guard`]; `None` runs it directly.
    pub guard: Option<&'a Path>,
}

impl Build<'_> {
    fn folder(&self) -> PathBuf {
        paths::root().join(self.module)
    }
}

/// Path of the built program; builds it, with visible progress, when the cache does not have it.
pub fn ensure(build: &Build) -> Result<PathBuf> {
    let digest = digest(&go_version(build)?, build)?;
    let cache = paths::cache()?;
    let dir = cache.join(format!("{}-{digest}", build.name));
    let program = dir.join(build.name);
    if program.exists() {
        return Ok(program);
    }
    let lock = File::create(cache.join("build.lock")).context("failed to open the build lock")?;
    if lock.try_lock().is_err() {
        eprintln!("waiting for another build of {}", build.name);
        lock.lock().context("failed to wait for the build lock")?;
    }
    if !program.exists() {
        compile(build, &dir)?;
    }
    Ok(program)
}

/// The version that Go will use for the module, such as `go1.26.8`.
fn go_version(build: &Build) -> Result<String> {
    let need = format!("Go {}.{} or newer from https://go.dev/dl", LEAST_GO.0, LEAST_GO.1);
    let mut command = Command::new("go");
    let Ok(output) = command
        .args(["env", "GOVERSION"])
        .current_dir(build.folder())
        .output()
    else {
        bail!("Go is not installed: install {need} to build {}", build.module);
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match numbers(&version) {
        Some(found) if found >= LEAST_GO => Ok(version),
        Some(_) => bail!("{version} is too old: install {need} to build {}", build.module),
        // An old Go that may not fetch a newer toolchain refuses the module and prints no version.
        None => bail!(
            "Go does not accept {} ({}): install {need}",
            build.module,
            String::from_utf8_lossy(&output.stderr)
                .lines()
                .next()
                .unwrap_or("no reason given")
        ),
    }
}

/// Major and minor of `go1.26.8`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("go")?.split(['.', ' ', 'r', 'b']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn digest(go: &str, build: &Build) -> Result<String> {
    let mut files: Vec<_> = fs::read_dir(build.folder())
        .with_context(|| format!("failed to list {}", build.module))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_source(path, build.module_file))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for part in [go, env::consts::ARCH, build.tags, build.linker_flags] {
        hash.update(format!("{part}\n"));
    }
    for file in files {
        let content = fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        hash.update(format!("{:?} {}\n", file.file_name(), content.len()));
        hash.update(content);
    }
    Ok(hex(&hash.finalize()[..8]))
}

/// Lower-case hex digits of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
        text
    })
}

fn is_source(path: &Path, module_file: &str) -> bool {
    let name = path.file_name().unwrap_or_default();
    let text = name.to_string_lossy();
    name == module_file
        || name == Path::new(module_file).with_extension("sum")
        || (text.ends_with(".go") && !text.ends_with("_test.go"))
}

/// Builds beside `dir` and renames, so that a half-built program is never used.
fn compile(build: &Build, dir: &Path) -> Result<()> {
    let started = Instant::now();
    eprintln!("building the test program {} (once; {})", build.name, build.takes);
    let module_file = format!("-modfile={}", build.module_file);
    run_go(
        build,
        "downloading Go modules",
        &["list", &module_file, "-deps", "-tags", build.tags, "."],
    )
    .context("failed to download Go modules: check the network, or set GOPROXY")?;
    let partial = dir.with_extension("partial");
    fs::create_dir_all(&partial).with_context(|| format!("failed to create {}", partial.display()))?;
    let program = partial.join(build.name);
    let output = program.to_str().context("the cache folder's name is not UTF-8")?;
    #[rustfmt::skip]
    let arguments = [
        "build", &module_file, "-v", "-trimpath", "-buildvcs=false",
        "-tags", build.tags, "-ldflags", build.linker_flags, "-o", output, ".",
    ];
    run_go(build, "compiling packages", &arguments)
        .with_context(|| format!("failed to build {}", build.name))?;
    fs::rename(&partial, dir).with_context(|| format!("failed to move the build to {}", dir.display()))?;
    eprintln!("  {} built in {} s", build.name, started.elapsed().as_secs());
    Ok(())
}

/// Runs Go and counts the lines that it prints to stderr, one per module or package.
fn run_go(build: &Build, what: &str, arguments: &[&str]) -> Result<()> {
    let mut command = match build.guard {
        Some(guard) => crate::guard::command(guard, "go"),
        None => Command::new("go"),
    };
    command
        .args(arguments)
        .current_dir(build.folder())
        .env("CGO_ENABLED", "0");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take().expect("stderr is piped");
    let mut counter = Counter::new(what);
    let mut last = String::new();
    for line in BufReader::new(stderr).lines() {
        last = line?;
        counter.add();
    }
    let status = child.wait()?;
    counter.finish();
    ensure!(status.success(), "Go said: {last}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_versions() {
        for (text, wanted) in [
            ("go1.26.8", Some((1, 26))),
            ("go1.26", Some((1, 26))),
            ("go1.27rc1", Some((1, 27))),
            ("go1.26.8 X:nocoverageredesign", Some((1, 26))),
            ("go2.0", Some((2, 0))),
            ("devel +abc", None),
            ("", None),
        ] {
            assert_eq!(numbers(text), wanted, "{text}");
        }
    }
}
