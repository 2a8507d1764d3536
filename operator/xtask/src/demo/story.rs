//! The demo's acts, in their order. Each one checks what it claims and fails otherwise.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::http::Simulator;
use super::object::{Name, Object};
use super::report::Report;
use super::{samples, show};
use crate::interrupt::Interrupt;
use crate::kubectl::Kubectl;
use crate::paths;
use crate::variant::Variant;
use crate::world::{Plan, World};

/// How long the operator may take for anything that nobody has to type.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);
/// How long a person may take.
const PERSON: Duration = Duration::from_mins(30);

const APPROVED_PLAN: &str = sas_api::annotations::APPROVED_PLAN;

/// Resources that wait for approval, and those that lack something.
type WaitingAndBlocked = (Vec<Name>, Vec<Name>);

/// A running world and what has happened in it.
pub struct Story<'a> {
    _world: World,
    dir: &'a Path,
    interrupt: &'a Interrupt,
    pub(super) developer: Kubectl,
    pub(super) simulator: Simulator,
    names: Vec<Name>,
}

impl<'a> Story<'a> {
    /// Starts the world and applies the samples.
    pub fn begin(dir: &'a Path, interrupt: &'a Interrupt, report: &mut Report) -> Result<Self> {
        let plan = Plan {
            variant: Variant::default(),
            dir,
            operator: true,
            simulator: true,
            restart_api_server: false,
        };
        let world = report.step(
            "Start a control plane, a simulated cloud and the operator",
            || Ok((World::start(&plan, interrupt)?, Value::Null)),
        )?;
        let names = report.step("A developer applies config/samples", || {
            let names = samples::apply(&paths::root().join("config/samples"), dir)?;
            for name in &names {
                println!("   applied {name}");
            }
            let facts = samples::facts(&names);
            Ok((names, facts))
        })?;
        let simulator = Simulator::of(dir)?;
        Ok(Self {
            _world: world,
            dir,
            interrupt,
            developer: Kubectl::new(dir, "developer"),
            simulator,
            names,
        })
    }

    /// The rest of the story.
    pub fn play(&self, interactive: bool, report: &mut Report) -> Result<()> {
        let (waiting, blocked) =
            report.step("The operator says what it would do, and waits", || self.plans())?;
        report.step("What is no approval starts nothing", || {
            self.not_approvals(&waiting[0])
        })?;
        let mut expected = BTreeSet::new();
        for name in &waiting {
            let title = format!("Somebody else approves exactly that plan: {name}");
            expected.extend(report.step(&title, || self.approve(name, interactive))?);
        }
        for name in &blocked {
            report.step(&format!("What was missing is there: {name}"), || {
                self.unblocked(name)
            })?;
            let title = format!("Somebody else approves exactly that plan: {name}");
            expected.extend(report.step(&title, || self.approve(name, interactive))?);
        }
        let binding = waiting.iter().find(|name| name.kind == "SasAuthBinding");
        if let Some(name) = binding {
            report.step(
                "The cloud drifts: a new plan waits, the old approval is spent",
                || self.drift(name),
            )?;
        }
        let scans = waiting.iter().chain(&blocked);
        for name in scans.filter(|name| name.kind == "SasScanJob") {
            report.step(&format!("The scan has ended: {name}"), || self.findings(name))?;
        }
        report.step("What this proved, from the cloud's own request log", || {
            self.proof(&expected)
        })
    }

    /// Waits until every resource says where it stands and returns those that wait for approval, and those
    /// that lack something which the others bring.
    fn plans(&self) -> Result<(WaitingAndBlocked, Value)> {
        let (mut waiting, mut blocked, mut facts) = (Vec::new(), Vec::new(), Vec::new());
        for name in &self.names {
            let settled = |object: &Object| matches!(object.phase(), "PendingApproval" | "Ready" | "Blocked");
            let object = self.wait_for(name, PATIENCE, settled)?;
            println!("   {name}: {}", object.phase());
            if object.phase() == "PendingApproval" {
                show::plan(&object);
                waiting.push(name.clone());
            } else {
                println!("      {}", object.summary());
                if object.phase() == "Blocked" {
                    blocked.push(name.clone());
                }
            }
            facts.push(json!({"resource": name, "phase": object.phase(), "plan": object.plan()}));
        }
        ensure!(!waiting.is_empty(), "no sample waits for an approval");
        self.assert_writes(0)?;
        println!("   writes in the cloud so far: 0");
        Ok(((waiting, blocked), json!({"resources": facts})))
    }

    /// Has a resource looked at again that lacked something, and waits for its plan.
    fn unblocked(&self, name: &Name) -> Result<((), Value)> {
        let annotation = format!("{}=demo", sas_api::annotations::REPLAN);
        self.developer.run(&[
            "annotate",
            &name.resource,
            &name.name,
            "--namespace",
            &name.namespace,
            &annotation,
        ])?;
        let object = self.wait_for(name, PATIENCE, |object| object.phase() == "PendingApproval")?;
        show::plan(&object);
        Ok(((), json!({"resource": name, "plan": object.plan()})))
    }

    fn not_approvals(&self, name: &Name) -> Result<((), Value)> {
        let hash = name.get(&self.developer)?.hash().to_owned();
        let shortened = &hash[..hash.len().saturating_sub(8)];
        let mut facts = Vec::new();
        for (who, wrong) in [("developer", "true"), ("approver", shortened)] {
            let outcome = self.try_approval(who, name, wrong)?;
            println!("   the {who} approves {wrong}");
            println!("      {outcome}");
            self.assert_writes(0)?;
            facts.push(json!({"by": who, "value": wrong, "outcome": outcome}));
        }
        println!("   writes in the cloud so far: 0");
        Ok(((), json!({"attempts": facts})))
    }

    /// Writes a wrong approval and returns what the API server or the operator says to it.
    fn try_approval(&self, who: &str, name: &Name, wrong: &str) -> Result<String> {
        let annotation = format!("{APPROVED_PLAN}={wrong}");
        let arguments = [
            "annotate",
            "--overwrite",
            &name.resource,
            &name.name,
            "--namespace",
            &name.namespace,
        ];
        let output = Kubectl::new(self.dir, who).output(&[&arguments[..], &[&annotation]].concat())?;
        if !output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        // The remark before the plan names the value that the operator has judged.
        let remark = |object: &Object| {
            let message = object
                .condition("Ready")
                .map_or("", |ready| ready.message)
                .to_owned();
            message
                .split_once(". ")
                .map_or(String::new(), |(remark, _)| remark.to_owned())
        };
        let start = &wrong[..wrong.len().min(12)];
        let object = self.wait_for(name, PATIENCE, |object| {
            object.reason() == "ApprovalStale" && remark(object).contains(start)
        })?;
        ensure!(
            object.phase() == "PendingApproval",
            "{name} is {} after a wrong approval",
            object.phase()
        );
        Ok(remark(&object))
    }

    /// Approves one plan and follows it to its end. Returns the request ids of its calls.
    fn approve(&self, name: &Name, interactive: bool) -> Result<(Vec<String>, Value)> {
        let object = name.get(&self.developer)?;
        let hash = object.hash().to_owned();
        let command = object
            .approve_command()
            .context("the condition holds no command to approve with")?;
        let kubeconfig = self.dir.join("approver.kubeconfig");
        if interactive {
            println!("   type this in another terminal, as the approver:\n");
            println!(
                "   export KUBECONFIG={} PATH={}:$PATH",
                kubeconfig.display(),
                self.dir.display()
            );
            println!("   {command}\n");
            self.wait_for(name, PERSON, |object| object.phase() != "PendingApproval")?;
        } else {
            println!("   $ {command}");
            self.shell(command, &kubeconfig)?;
        }
        let object = self.follow(name)?;
        println!("      {}", object.summary());
        let executed = object.0["status"]["execution"]["hash"]
            .as_str()
            .unwrap_or_default();
        ensure!(
            executed == hash,
            "{name} executed {executed}, approved was {hash}"
        );
        let receipts = object.receipts();
        for (action, id) in &receipts {
            println!("      {action}: request id {id}");
        }
        let facts = json!({
            "resource": name,
            "command": command,
            "summary": object.summary(),
            "calls": receipts.iter().map(|(action, id)| json!({"action": action, "requestID": id})).collect::<Vec<_>>(),
        });
        Ok((receipts.into_iter().map(|(_, id)| id).collect(), facts))
    }

    /// Runs a command line as it stands, with the world's kubectl on the PATH.
    fn shell(&self, command: &str, kubeconfig: &Path) -> Result<()> {
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([self.dir.to_owned()].into_iter().chain(env::split_paths(&path)))
            .context("failed to put kubectl on the PATH")?;
        let status = Command::new("sh")
            .args(["-c", command])
            .env("KUBECONFIG", kubeconfig)
            .env("PATH", path)
            .status()
            .context("failed to start a shell")?;
        ensure!(status.success(), "the command to approve with failed");
        Ok(())
    }

    /// Prints each phase until the resource is done.
    fn follow(&self, name: &Name) -> Result<Object> {
        let mut seen = String::new();
        self.wait_for(name, PATIENCE, |object| {
            if object.phase() != seen {
                object.phase().clone_into(&mut seen);
                println!("   {} ({})", object.phase(), object.reason());
            }
            // A scan takes minutes, and is come back to.
            let ordered = name.kind == "SasScanJob" && object.phase() == "Verifying";
            ordered
                || matches!(
                    object.phase(),
                    "Ready" | "Succeeded" | "Rejected" | "Failed" | "Blocked" | "OutcomeUnknown"
                )
        })
        .and_then(|object| {
            let done = matches!(object.phase(), "Ready" | "Succeeded" | "Verifying");
            ensure!(done, "{name} is {}: {}", object.phase(), object.summary());
            Ok(object)
        })
    }

    /// Reads the resource until it is as wanted.
    pub(super) fn wait_for(
        &self,
        name: &Name,
        limit: Duration,
        mut done: impl FnMut(&Object) -> bool,
    ) -> Result<Object> {
        let deadline = Instant::now() + limit;
        loop {
            self.interrupt.check()?;
            let object = name.get(&self.developer)?;
            if done(&object) {
                return Ok(object);
            }
            if Instant::now() > deadline {
                bail!(
                    "{name} is {} after {limit:?}: {}",
                    object.phase(),
                    object.summary()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
