//! The manifest with which krew installs the kubectl plugin. Checksums are of real archives only: what the
//! repository holds has none, and `cargo xtask krew` adds them at a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Name of the plugin: `kubectl krew install sas` gives `kubectl sas`.
const NAME: &str = "sas";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Systems that releases are built for, as Go names them.
const PLATFORMS: [(&str, &str); 2] = [("linux", "amd64"), ("linux", "arm64")];

/// Print the krew manifest of a release, with the checksums of its archives.
#[derive(clap::Args)]
pub struct Args {
    /// Folder with the archives, `kubectl-sas-vVERSION-OS-ARCH.tar.gz` for each platform. Each holds the
    /// program `kubectl-sas` and `LICENSE`.
    #[arg(long, value_name = "DIR")]
    archives: PathBuf,
    /// Address below which the archives are published.
    #[arg(long, value_name = "URL")]
    base_url: String,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    print!("{}", release(&args.archives, &args.base_url)?);
    Ok(ExitCode::SUCCESS)
}

/// The manifest without what only a release knows: addresses and checksums.
pub fn template() -> Result<String> {
    let manifest = manifest(|archive| Ok(json!({"uri": archive})))?;
    let text = serde_saphyr::to_string(&manifest).context("failed to write YAML")?;
    Ok(format!(
        "# krew takes this once `cargo xtask krew` has put in where the archives are, and their checksums.\n{text}"
    ))
}

fn release(archives: &Path, base_url: &str) -> Result<String> {
    ensure!(
        base_url.starts_with("https://"),
        "krew downloads by https only: --base-url https://…"
    );
    let manifest = manifest(|archive| {
        let file = archives.join(archive);
        let bytes = fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        let sum = Sha256::digest(&bytes)
            .into_iter()
            .map(|byte| format!("{byte:02x}"));
        Ok(json!({
            "uri": format!("{}/{archive}", base_url.trim_end_matches('/')),
            "sha256": sum.collect::<String>(),
        }))
    })?;
    serde_saphyr::to_string(&manifest).context("failed to write YAML")
}

fn manifest(source: impl Fn(&str) -> Result<Value>) -> Result<Value> {
    let mut platforms = Vec::new();
    for (os, arch) in PLATFORMS {
        let mut platform = source(&format!("kubectl-sas-v{VERSION}-{os}-{arch}.tar.gz"))?;
        platform["bin"] = json!("kubectl-sas");
        platform["selector"] = json!({"matchLabels": {"os": os, "arch": arch}});
        platforms.push(platform);
    }
    Ok(json!({
        "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
        "kind": "Plugin",
        "metadata": {"name": NAME},
        "spec": {
            "version": format!("v{VERSION}"),
            "shortDescription": "Approve Alibaba Cloud Security Center changes",
            "description": "Reads and decides about the plans of the SAS operator: which calls it would make to \
                            Alibaba Cloud Security Center. Nothing is called before somebody who may has \
                            approved exactly that plan.\n",
            "caveats": "The operator has to be installed in the cluster: kubectl sas doctor\n\
                        Names are completed after TAB with: ln -s \"$(command -v kubectl-sas)\" \
                        ~/.local/bin/kubectl_complete-sas\n",
            "platforms": platforms,
        },
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn scratch_release(test: &str) -> (PathBuf, String) {
        let dir = crate::paths::scratch(test).unwrap();
        fs::create_dir_all(&dir).unwrap();
        for (os, arch) in PLATFORMS {
            let file = dir.join(format!("kubectl-sas-v{VERSION}-{os}-{arch}.tar.gz"));
            fs::write(file, format!("{os}/{arch}")).unwrap();
        }
        let manifest = release(&dir, "https://example.org/v1/").unwrap();
        (dir, manifest)
    }

    /// The rules of krew's own validation of a manifest (`internal/index/validation`).
    fn krew_takes(manifest: &Value, checksums: bool) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(
            manifest["apiVersion"],
            "krew.googlecontainertools.github.com/v1alpha2"
        );
        assert_eq!(manifest["kind"], "Plugin");
        let name = text(&manifest["metadata"]["name"]);
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(!name.is_empty() && name.chars().all(safe), "{name}");
        let spec = &manifest["spec"];
        let version = text(&spec["version"]);
        let numbers: Vec<_> = version.strip_prefix('v').unwrap().splitn(3, '.').collect();
        assert!(numbers.len() == 3 && numbers[..2].iter().all(|n| n.parse::<u32>().is_ok()));
        let short = text(&spec["shortDescription"]);
        assert!(
            !short.is_empty() && short.len() <= 50 && !short.contains(['\n', '\r']),
            "{short}"
        );
        assert!(!text(&spec["description"]).is_empty());
        let mut systems = BTreeSet::new();
        for platform in spec["platforms"].as_array().unwrap() {
            assert!(!text(&platform["uri"]).is_empty());
            assert_eq!(text(&platform["bin"]), "kubectl-sas");
            let labels = &platform["selector"]["matchLabels"];
            assert!(
                systems.insert((text(&labels["os"]), text(&labels["arch"]))),
                "two platforms fit one system"
            );
            let sum = text(&platform["sha256"]);
            let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            assert_eq!(sum.len() == 64 && sum.chars().all(hex), checksums, "{sum}");
            assert_eq!(
                platform["uri"].as_str().unwrap().starts_with("https://"),
                checksums
            );
        }
        assert!(!systems.is_empty());
    }

    #[test]
    fn a_release_is_one_that_krew_takes() {
        let (dir, manifest) = scratch_release("krew-release");
        fs::remove_dir_all(dir).unwrap();
        krew_takes(&serde_saphyr::from_str(&manifest).unwrap(), true);
        let sum_of_linux_amd64 = "baf0239e48ff4c47ebac3ba02b5cf1506b69cd5a0c0d0c825a53ba65976fb942";
        assert!(manifest.contains(sum_of_linux_amd64), "{manifest}");
    }

    #[test]
    fn what_the_repository_holds_has_no_checksum() {
        krew_takes(&serde_saphyr::from_str(&template().unwrap()).unwrap(), false);
    }

    #[test]
    fn a_missing_archive_and_a_plain_address_are_refused() {
        let (dir, _) = scratch_release("krew-refused");
        assert!(release(&dir, "http://example.org").is_err());
        fs::remove_file(dir.join(format!("kubectl-sas-v{VERSION}-linux-arm64.tar.gz"))).unwrap();
        let error = release(&dir, "https://example.org").unwrap_err().to_string();
        fs::remove_dir_all(dir).unwrap();
        assert!(error.contains("linux-arm64"), "{error}");
    }
}
