//! The acts of the demo that look at the cloud's side: a drift, and the comparison of the cloud's request
//! log with the receipts in Kubernetes.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::http::Request;
use super::object::{Name, Object};
use super::show;
use super::story::{PATIENCE, Story};

/// Longer than a scan of the simulated cloud takes, and than an order is waited for that shows no end.
const SCAN_SECONDS: u32 = 180;

impl Story<'_> {
    /// Lets time pass, takes the edition of one server away in the cloud and waits for the plan that puts it right.
    pub(super) fn drift(&self, name: &Name) -> Result<((), Value)> {
        let before = name.get(&self.developer)?;
        let executed = before.0["status"]["execution"]["hash"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let (writes, _) = self.simulator.writes()?;
        let uuid = bound_server(&writes)?;
        let (account, centre) = self.simulator.place_of(&uuid)?;
        let asset = json!({uuid.clone(): {"authVersion": 1}});
        let patch = json!({"accounts": {account: {"dataCentres": {centre: {"assets": asset}}}}});
        self.simulator.step_clock(SCAN_SECONDS)?;
        println!("   {SCAN_SECONDS} seconds pass in the cloud");
        self.simulator.patch_world(&patch)?;
        println!("   somebody takes the edition of server {uuid} away at the console");
        let object = self.wait_looking(name, |object| {
            object
                .condition("DriftDetected")
                .is_some_and(|drift| drift.status == "True")
                && object.phase() == "PendingApproval"
        })?;
        show::plan(&object);
        ensure!(
            object.hash() != executed,
            "the plan after the drift has the hash of the spent one"
        );
        self.assert_writes(writes.len())?;
        println!("   the approval of {executed} is spent; writes since then: 0");
        Ok((
            (),
            json!({"server": uuid, "spentHash": executed, "newHash": object.hash()}),
        ))
    }

    /// Compares the cloud's log with the receipts.
    pub(super) fn proof(&self, expected: &BTreeSet<String>) -> Result<((), Value)> {
        let (writes, reads) = self.simulator.writes()?;
        let committed: BTreeSet<String> = writes
            .iter()
            .filter(|write| write.committed)
            .map(|write| write.request_id.clone())
            .collect();
        ensure!(
            writes.len() == committed.len(),
            "writes reached the cloud that were not carried out: {writes:?}"
        );
        ensure!(
            committed == *expected,
            "the cloud carried out {committed:?}, the receipts name {expected:?}"
        );
        println!("   {reads} reads, {} writes", writes.len());
        for write in &writes {
            println!(
                "      {} (request id {}): carried out once, named in a receipt",
                write.action, write.request_id
            );
        }
        println!("   - no write before an approval, none for a wrong one, none for a spent one");
        println!("   - each approved call reached the cloud once; there is no other write");
        Ok(((), json!({"reads": reads, "writes": writes})))
    }

    /// The scan has ended, and its job says what was found.
    pub(super) fn findings(&self, name: &Name) -> Result<((), Value)> {
        let object = self.wait_looking(name, |object| object.phase() == "Succeeded")?;
        println!("   {}: {}", object.phase(), object.summary());
        let results = &object.0["status"]["results"];
        show::findings(results);
        ensure!(
            results["top"].as_array().is_some_and(|top| !top.is_empty()),
            "the scan found nothing: {results}"
        );
        Ok(((), json!({"resource": name, "results": results})))
    }

    /// Waits for a resource whose next look at the cloud is far away: a label makes the operator look now.
    fn wait_looking(&self, name: &Name, mut done: impl FnMut(&Object) -> bool) -> Result<Object> {
        let mut looks = 0;
        self.wait_for(name, PATIENCE, |object| {
            looks += 1;
            if looks % 10 == 1 {
                let label = format!("demo-look={looks}");
                let _ = self.developer.output(&[
                    "label",
                    "--overwrite",
                    &name.resource,
                    &name.name,
                    "--namespace",
                    &name.namespace,
                    &label,
                ]);
            }
            done(object)
        })
    }

    /// Fails unless the cloud's log has that many writes.
    pub(super) fn assert_writes(&self, wanted: usize) -> Result<()> {
        let (writes, _) = self.simulator.writes()?;
        ensure!(
            writes.len() == wanted,
            "{wanted} writes were to be in the cloud's log, found {writes:?}"
        );
        Ok(())
    }
}

/// A server that a committed write has bound.
fn bound_server(writes: &[Request]) -> Result<String> {
    let servers = writes
        .iter()
        .filter(|write| write.committed)
        .flat_map(|write| &write.parameters);
    let mut bound = servers.filter(|(name, _)| name.starts_with("Bind.") || name.contains("UuidList."));
    bound
        .next()
        .map(|(_, uuid)| uuid.clone())
        .context("no write has bound a server")
}
