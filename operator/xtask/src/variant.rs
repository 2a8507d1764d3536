//! Which control plane a world has, and which of the admission policies in config/policy. The default is
//! what most clusters will be: the newest Kubernetes, the preset Standard, names written by the API server.

use std::fmt;

use sas_api::guard::Preset;

use crate::controlplane::Kubernetes;

/// A kind of world, as flags choose it.
#[derive(clap::Args, Clone, Copy, Debug, Default, PartialEq)]
pub struct Variant {
    /// Version of Kubernetes.
    #[arg(long, value_enum, default_value_t)]
    pub kubernetes: Kubernetes,
    /// The preset of the admission policies: solo, standard or strict.
    #[arg(long, value_parser = preset, default_value = Preset::default().folder())]
    pub preset: Preset,
    /// Without the policies by which the API server writes names, as before Kubernetes 1.36.
    #[arg(long)]
    pub unstamped: bool,
}

/// The preset of a flag.
fn preset(text: &str) -> Result<Preset, String> {
    let folders = || Preset::ALL.map(Preset::folder).join(", ");
    Preset::of_folder(text).ok_or_else(|| format!("write one of {}", folders()))
}

impl Variant {
    /// Whether the API server writes names.
    pub fn stamps(self) -> bool {
        self.kubernetes.can_stamp() && !self.unstamped
    }

    /// The flags that choose it.
    pub fn flags(self) -> Vec<String> {
        let mut flags = vec![
            format!("--kubernetes={}", self.kubernetes.name()),
            format!("--preset={}", self.preset.folder()),
        ];
        flags.extend(self.unstamped.then(|| "--unstamped".to_owned()));
        flags
    }

    /// Folders with the policies, from the repository's root.
    pub fn policies(self) -> Vec<String> {
        let stamps = self.stamps().then(|| "config/policy/stamps".to_owned());
        let preset = format!("config/policy/{}", self.preset.folder());
        [preset].into_iter().chain(stamps).collect()
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names = if self.stamps() {
            "stamped names"
        } else {
            "claimed names"
        };
        write!(
            f,
            "Kubernetes {}, {}, {names}",
            self.kubernetes,
            self.preset.folder()
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::{Parser, ValueEnum};

    use super::*;
    use crate::paths;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        variant: Variant,
    }

    #[test]
    fn every_variant_has_its_policies_and_flags() {
        for kubernetes in Kubernetes::value_variants() {
            for preset in Preset::ALL {
                for unstamped in [false, true] {
                    let variant = Variant {
                        kubernetes: *kubernetes,
                        preset,
                        unstamped,
                    };
                    let flags = [vec![String::new()], variant.flags()].concat();
                    assert_eq!(Flags::parse_from(flags).variant, variant);
                    let folders = variant.policies();
                    assert_eq!(folders.len(), 1 + usize::from(variant.stamps()), "{variant}");
                    assert!(folders.iter().all(|folder| paths::root().join(folder).is_dir()));
                }
            }
        }
        let oldest = Variant {
            kubernetes: Kubernetes::V1_34,
            ..Variant::default()
        };
        assert!(Variant::default().stamps() && !oldest.stamps());
    }
}
