//! The tests of who may do what, on every further kind of world that the flows do not run on: the oldest
//! Kubernetes, names that are claimed instead of stamped, and the other presets.

use std::path::Path;

use anyhow::Result;
use sas_api::guard::Preset;

use super::flows;
use super::tally::Tally;
use crate::controlplane::Kubernetes;
use crate::interrupt::Interrupt;
use crate::variant::Variant;

/// The flows run on [`Variant::default`].
const VARIANTS: [Variant; 4] = [
    Variant {
        kubernetes: Kubernetes::V1_36,
        preset: Preset::Standard,
        unstamped: true,
    },
    Variant {
        kubernetes: Kubernetes::V1_36,
        preset: Preset::Strict,
        unstamped: false,
    },
    Variant {
        kubernetes: Kubernetes::V1_34,
        preset: Preset::Standard,
        unstamped: true,
    },
    Variant {
        kubernetes: Kubernetes::V1_34,
        preset: Preset::Solo,
        unstamped: true,
    },
];

pub fn run(supervisor: &Path, interrupt: &Interrupt, filter: Option<&str>) -> Result<Tally> {
    let mut total = Tally::default();
    for variant in VARIANTS {
        interrupt.check()?;
        println!("-- {variant}");
        total += flows::run(flows::Suite::Admission, variant, supervisor, interrupt, filter)?;
    }
    Ok(total)
}
