//! The flow tests: one control plane for all of them, which the tests find through `SAS_TESTS_DIR`. They
//! start simulators of their own, operators from the program that `SAS_OPERATOR_BIN` names, `kubectl sas` from
//! `SAS_PLUGIN_BIN`, and the GitOps tools from the one that `SAS_GITOPS_BIN` names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::count;
use super::tally::Tally;
use crate::gobuild::{self, Build};
use crate::interrupt::Interrupt;
use crate::variant::Variant;
use crate::world::{Plan, World};
use crate::{cargo, paths};

/// Which of the flows run.
#[derive(Clone, Copy)]
pub enum Suite {
    /// All.
    All,
    /// Those that depend on the admission policies.
    Admission,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Admission => "admission",
        }
    }
}

pub fn run(
    suite: Suite,
    variant: Variant,
    supervisor: &Path,
    interrupt: &Interrupt,
    filter: Option<&str>,
) -> Result<Tally> {
    let gitops = match suite {
        Suite::All => Some(gitops_tools(supervisor)?),
        Suite::Admission => None,
    };
    let dir = paths::scratch("flows")?;
    let [operator, plugin] = cargo::build(["sas-operator", "kubectl-sas"], supervisor)?;
    let plan = Plan {
        dir: &dir,
        variant,
        operator: false,
        simulator: false,
        restart_api_server: true,
    };
    let world = World::start(&plan, interrupt)?;
    let mut tests = cargo::command(supervisor);
    tests
        // With this program's own package what the flows need is compiled as all tests are.
        .args([
            "test",
            "--package=sas-tests",
            "--package=xtask",
            "--lib",
            "--test=flows",
        ])
        .arg("--no-fail-fast")
        .args(filter)
        .env("SAS_TESTS_DIR", &dir)
        .env("SAS_TESTS_SUITE", suite.name())
        .env("SAS_TESTS_PRESET", variant.preset.folder())
        .env("SAS_TESTS_STAMPS", variant.stamps().to_string())
        .env("SAS_OPERATOR_BIN", operator)
        .env("SAS_PLUGIN_BIN", plugin)
        .envs(gitops.map(|program| ("SAS_GITOPS_BIN", program)));
    let tally = count(tests)?;
    drop(world);
    if tally.failed == 0 {
        fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    } else {
        println!(
            "logs of the control plane: {}",
            dir.join("controlplane").display()
        );
    }
    Ok(tally)
}

/// What Argo CD and Flux do, as a program.
fn gitops_tools(supervisor: &Path) -> Result<PathBuf> {
    gobuild::ensure(&Build {
        module: gobuild::GITOPS_TOOLS,
        module_file: gobuild::MODULE_FILE,
        name: "gitops",
        takes: "about two minutes on two cores",
        tags: "",
        linker_flags: "-s -w",
        guard: Some(supervisor),
    })
}
