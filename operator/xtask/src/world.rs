//! A whole world on loopback: control plane, CRDs, rights, simulator and operator, in that order.
//! Dropping it ends all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::cargo;
use crate::controlplane::{self, Programs};
use crate::guard;
use crate::interrupt::Interrupt;
use crate::kubectl::Kubectl;
use crate::parts;
use crate::paths;
use crate::supervisor::{ControlPlane, Supervisor};
use crate::variant::Variant;

/// What the world has and where it is.
pub struct Plan<'a> {
    /// Kubeconfigs, logs and addresses are written here.
    pub dir: &'a Path,
    /// The control plane and its policies.
    pub variant: Variant,
    /// Whether the operator runs.
    pub operator: bool,
    /// Whether the simulator runs.
    pub simulator: bool,
    /// Start the API server again when it ends, for tests that kill it.
    pub restart_api_server: bool,
}

/// A running world.
pub struct World {
    supervisor: Supervisor,
}

impl World {
    /// Builds what is missing, starts everything and returns when it is ready.
    pub fn start(plan: &Plan, interrupt: &Interrupt) -> Result<Self> {
        let guard = guard::supervisor()?;
        let programs = controlplane::ensure(plan.variant.kubernetes, &guard)?;
        // Compile errors come before anything runs.
        let (simulator, operator) = binaries(plan, &guard)?;
        interrupt.check()?;

        forget(plan.dir)?;
        let mut supervisor = Supervisor::start(&guard)?;
        supervisor.control_plane(&control_plane(plan, &programs), interrupt)?;
        apply_manifests(plan, &supervisor, interrupt)?;
        let mut cloud = None;
        if let Some(program) = simulator {
            supervisor.process(&parts::simulator(plan.dir, &program), interrupt)?;
            cloud = Some(read(&plan.dir.join(parts::SIMULATOR_URL))?);
        }
        if let Some(program) = operator {
            supervisor.process(&parts::operator(plan.dir, &program, cloud.as_deref())?, interrupt)?;
        }
        Ok(Self { supervisor })
    }

    /// Returns when the user wants to stop, and with an error when a part broke down.
    pub fn wait(&self, interrupt: &Interrupt) -> Result<()> {
        while !interrupt.requested() {
            if let Some(event) = self.supervisor.next_event(Duration::from_millis(100))? {
                event.tell()?;
            }
        }
        Ok(())
    }
}

/// The programs of simulator and operator, where the world has them.
fn binaries(plan: &Plan, guard: &Path) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    Ok(match (plan.simulator, plan.operator) {
        (true, true) => {
            let [simulator, operator] = cargo::build(["sas-sim", "sas-operator"], guard)?;
            (Some(simulator), Some(operator))
        }
        (true, false) => (cargo::build(["sas-sim"], guard)?.into_iter().next(), None),
        (false, true) => (None, cargo::build(["sas-operator"], guard)?.into_iter().next()),
        (false, false) => (None, None),
    })
}

/// Removes what an earlier world left behind and readers take for the present one's.
fn forget(dir: &Path) -> Result<()> {
    for name in [
        parts::SIMULATOR_URL,
        parts::SIMULATOR_CREDENTIALS,
        "operator.log",
        "simulator.log",
    ] {
        remove(&dir.join(name))?;
    }
    Ok(())
}

/// Removes a file that need not be there.
pub fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

fn control_plane<'a>(plan: &Plan<'a>, programs: &'a Programs) -> ControlPlane<'a> {
    let (program, assets) = match programs {
        Programs::Built(program) => (Some(program.as_path()), None),
        Programs::Assets(dir) => (None, Some(dir.as_path())),
    };
    ControlPlane {
        dir: plan.dir,
        program,
        assets,
        identities: &parts::IDENTITIES,
        restart: plan.restart_api_server,
    }
}

/// Applies CRDs, roles and identities and returns when the API server serves the new kinds.
fn apply_manifests(plan: &Plan, supervisor: &Supervisor, interrupt: &Interrupt) -> Result<()> {
    let admin = Kubectl::new(plan.dir, "admin");
    admin.apply(include_str!("../manifests/namespaces.yaml"))?;
    let mut manifests = vec![include_str!("../manifests/identities.yaml").to_owned()];
    let folders = ["crds", "config/rbac"].map(str::to_owned);
    for folder in folders.into_iter().chain(plan.variant.policies()) {
        manifests.extend(yaml_files(&paths::root().join(folder))?);
    }
    admin.apply(&manifests.join("\n---\n"))?;
    // Not `kubectl wait`, which would go on for long after the API server is gone.
    let wait_until = |what: &str, done: &dyn Fn(&Kubectl) -> Result<bool>| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !done(&admin)? {
            ensure!(Instant::now() < deadline, "{what} within 30 s");
            interrupt.check()?;
            if let Some(event) = supervisor.next_event(Duration::from_millis(100))? {
                event.tell()?;
            }
        }
        Ok(())
    };
    wait_until("the CRDs were not established", &established)?;
    let stamps = plan.variant.stamps();
    wait_until("the admission policies did not act", &|admin| {
        guarded(admin, stamps)
    })?;
    eprintln!("  CRDs, roles and policies applied");
    Ok(())
}

/// Whether the API server refuses an object that is born approved and, where it `stamps`, names the writer. Policies
/// act about a second after they were stored.
fn guarded(admin: &Kubectl, stamps: bool) -> Result<bool> {
    let probe = include_str!("../manifests/probe.yaml");
    let create = |manifest: &str| {
        admin.input(
            &["create", "--dry-run=server", "--output=yaml", "--filename=-"],
            manifest,
        )
    };
    let born_approved = create(&probe.replace(
        "annotations: {}",
        "annotations: {approval.sas-operator.io/plan: x}",
    ))?;
    let refused = !born_approved.status.success()
        && String::from_utf8_lossy(&born_approved.stderr).contains("sas-approval");
    if !refused || !stamps {
        return Ok(refused);
    }
    let honest = create(probe)?;
    Ok(String::from_utf8_lossy(&honest.stdout).contains(sas_api::annotations::REQUESTED_BY))
}

/// Whether the API server serves every CRD.
fn established(admin: &Kubectl) -> Result<bool> {
    let path =
        r#"jsonpath={range .items[*]}{.status.conditions[?(@.type=="Established")].status}{"\n"}{end}"#;
    let states = admin.run(&["get", "customresourcedefinitions", "--output", path])?;
    Ok(states.lines().all(|state| state == "True"))
}

/// Contents of the YAML files of a folder, none when it does not exist.
pub fn yaml_files(dir: &Path) -> Result<Vec<String>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<_> = fs::read_dir(dir)
        .with_context(|| format!("failed to list {}", dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Result<String> {
    let content = fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
    Ok(content.trim().to_owned())
}
