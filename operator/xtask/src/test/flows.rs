//! The flow tests: one control plane for all of them, which the tests find through `SAS_TESTS_DIR`. They
//! start simulators of their own, operators from the program that `SAS_OPERATOR_BIN` names, and the GitOps tools
//! from the one that `SAS_GITOPS_BIN` names.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::count;
use super::tally::Tally;
use crate::gobuild::{self, Build};
use crate::interrupt::Interrupt;
use crate::world::{Plan, World};
use crate::{cargo, paths};

pub fn run(supervisor: &Path, interrupt: &Interrupt, filter: Option<&str>) -> Result<Tally> {
    let gitops = gobuild::ensure(&Build {
        module: gobuild::GITOPS_TOOLS,
        name: "gitops",
        takes: "about two minutes on two cores",
        tags: "",
        linker_flags: "-s -w",
        guard: Some(supervisor),
    })?;
    let dir = paths::scratch("flows")?;
    let [operator] = cargo::build(["sas-operator"], supervisor)?;
    let plan = Plan {
        dir: &dir,
        operator: false,
        simulator: false,
        restart_api_server: true,
    };
    let world = World::start(&plan, interrupt)?;
    let mut tests = cargo::command(supervisor);
    tests
        .args(["test", "--package", "sas-tests", "--no-fail-fast"])
        .args(filter)
        .env("SAS_TESTS_DIR", &dir)
        .env("SAS_OPERATOR_BIN", operator)
        .env("SAS_GITOPS_BIN", gitops);
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
