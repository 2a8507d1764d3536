//! The operator dies at every boundary of every call that orders a scan, and of every step of the chain for
//! viruses. The next operator brings the job to its end. By the request log a call ran once; one that
//! nothing proves, and whose repeat does no harm, may have run twice, and then its receipt says so.

use anyhow::{Context, Result, ensure};
use sas_api::kinds::SasScanJob;
use sas_api::status::{CallRecord, GatePart, Outcome, Phase};
use sas_sim::world::scans::Course;
use sas_sim::{FaultKind, Record, Rule, Stage};
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::{Value, json};

use crate::crash::{Boundary, Place};
use crate::scan;

/// Name of the job.
pub const JOB: &str = "subject";
/// Longer than the gateway remembers a nonce.
const FORGOTTEN_SECONDS: f64 = 33.0 * 60.0;
/// Longer than checks of single servers are waited for.
const CHECKED_SECONDS: f64 = 150.0;
/// The chain that scans single servers for viruses.
const CHAIN: &[&str] = &[
    "CreateAssetSelectionConfig",
    "AddAssetSelectionCriteria",
    "UpdateSelectionKeyByType",
    "CreateVirusScanOnceTask",
];

/// What keeps a call from running twice whose reply is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Once {
    /// The cloud runs a client token once.
    Token,
    /// The cloud shows that it ran.
    Seen,
    /// Nothing, and a second run does no harm.
    Nothing,
}

/// One call of a job.
pub struct Row {
    /// The calls of the job's plan, in order.
    pub calls: &'static [&'static str],
    /// Which of them is interrupted.
    pub call: usize,
    once: Once,
    /// What is read first after the reply, if anything is.
    reads: Option<&'static str>,
    spec: fn() -> Value,
}

/// All calls that order a scan, one row per action.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    Row { calls: &["ModifyPushAllTask"], call: 0, once: Once::Nothing, reads: None, spec: || servers("vulnerabilities") },
    Row { calls: &["ModifyStartVulScan"], call: 0, once: Once::Token, reads: Some("DescribeOnceTask"), spec: || account("vulnerabilities") },
    Row { calls: &["ExecStrategy"], call: 0, once: Once::Seen, reads: Some("DescribeStrategyExecDetail"), spec: || account("baseline") },
    Row { calls: &["GenerateOnceTask"], call: 0, once: Once::Nothing, reads: Some("DescribeOnceTask"), spec: || account("fingerprint") },
    Row { calls: CHAIN, call: 0, once: Once::Token, reads: None, spec: || servers("virus") },
    Row { calls: CHAIN, call: 1, once: Once::Token, reads: None, spec: || servers("virus") },
    Row { calls: CHAIN, call: 2, once: Once::Token, reads: None, spec: || servers("virus") },
    Row { calls: CHAIN, call: 3, once: Once::Token, reads: Some("ListVirusScanTask"), spec: || servers("virus") },
];

fn servers(scan: &str) -> Value {
    json!({"targets": {"uuids": [cloud::web(1), cloud::web(2)]}, "scans": {scan: {}}})
}

fn account(scan: &str) -> Value {
    json!({"scope": "Account", "scans": {scan: {}}, "onPartial": "Proceed"})
}

/// A flow in a cloud whose scans take no time.
pub async fn start(world: &World, name: &str) -> Result<Flow> {
    let mut cloud = scan::world()?;
    let settings = &mut cloud.centre(cloud::ACCOUNT, cloud::CENTRE).scans.settings;
    let at_once = Course {
        start_delay_seconds: 0,
        duration_seconds: 0,
        ..Course::default()
    };
    settings.push = at_once.clone();
    settings.vulnerability = at_once.clone();
    settings.baseline = at_once.clone();
    settings.fingerprint = at_once.clone();
    settings.virus = at_once;
    Flow::start_in(world, name, cloud).await
}

impl Row {
    /// The action that is interrupted.
    pub fn action(&self) -> &'static str {
        self.calls[self.call]
    }

    /// The boundaries of this call. What follows the reply to a call in the middle of a plan is the intent of
    /// the next one, so its last boundaries are that call's first; where nothing is read after the reply,
    /// the receipt is the next thing.
    pub fn boundaries(&self) -> impl Iterator<Item = Boundary> {
        let is_last = self.call + 1 == self.calls.len();
        let reads = self.reads.is_some();
        Boundary::ALL.into_iter().filter(move |boundary| match boundary {
            Boundary::BeforeReceipt | Boundary::AfterReceipt => is_last,
            Boundary::AfterReply => is_last && reads,
            _ => true,
        })
    }

    /// The calls before it.
    pub fn before(&self) -> &'static [&'static str] {
        &self.calls[..self.call]
    }

    /// Whether it is made again, unlike all others, although it may have run.
    pub fn is_repeated_in_doubt(&self) -> bool {
        self.once == Once::Nothing
    }

    /// Creates the job and waits for its plan; returns the hash.
    pub async fn plan(&self, flow: &Flow) -> Result<String> {
        flow.create(&manifests::scan_job(JOB, &(self.spec)())?).await?;
        Ok(flow.pending::<SasScanJob>(JOB).await?.1)
    }

    fn place(&self) -> Place {
        Place {
            plural: "sasscanjobs".to_owned(),
            name: JOB.to_owned(),
            call: self.call,
            writes: self.action(),
            reads: self.reads,
        }
    }

    /// Brings the job to its end, and lets as much time pass in the cloud as that needs. Says whether the
    /// call had to be repeated although it may have run.
    pub async fn see_through(&self, flow: &mut Flow) -> Result<(SasScanJob, bool)> {
        let api = flow.api::<SasScanJob>();
        let is_in_doubt = |job: &SasScanJob| {
            let record = records(job).get(self.call);
            let intent = record.filter(|record| record.receipt.is_none());
            let intent = intent.and_then(|record| record.intent.as_ref());
            self.is_repeated_in_doubt() && intent.is_some_and(|intent| intent.arrived == Some(true))
        };
        let settled = |job: &SasScanJob| is_over(job) || self.is_complete(job) || is_in_doubt(job);
        let job = wait::object(&api, JOB, "complete or in doubt", settled).await?;
        let in_doubt = is_in_doubt(&job);
        if in_doubt {
            later(flow, FORGOTTEN_SECONDS).await?;
        }
        let complete = |job: &SasScanJob| is_over(job) || self.is_complete(job);
        wait::object(&api, JOB, "complete", complete).await?;
        if self.action() == "ModifyPushAllTask" {
            later(flow, CHECKED_SECONDS).await?;
        }
        Ok((flow.phase(JOB, Phase::Succeeded).await?, in_doubt))
    }

    fn is_complete(&self, job: &SasScanJob) -> bool {
        let records = records(job);
        records.len() == self.calls.len() && records.iter().all(|record| record.receipt.is_some())
    }

    /// Proves by the log, from `mark` on, that every call of the plan ran once, and this one `times`.
    pub fn assert_ran(&self, flow: &Flow, mark: u64, times: usize) {
        let ran = |call: &Record| call.committed && call.seq > mark;
        let ran = flow.cloud.requests().into_iter().filter(ran);
        let ran: Vec<_> = ran.map(|call| call.action).collect();
        let expected = self.calls.iter().enumerate();
        let expected: Vec<_> = expected
            .flat_map(|(index, call)| std::iter::repeat_n(*call, if index == self.call { times } else { 1 }))
            .collect();
        assert_eq!(ran, expected);
        let attempts = flow.cloud.requests_of(self.action());
        let attempts: Vec<_> = attempts.iter().filter(|call| call.seq > mark).collect();
        for attempt in &attempts {
            assert_eq!(attempt.parameters, attempts[0].parameters);
        }
    }

    /// Proves that every call has a receipt, and that the one of this call counts honestly.
    pub fn assert_receipts(&self, job: &SasScanJob, hash: &str, at_least_once: bool) -> Result<()> {
        let execution = job
            .status
            .as_ref()
            .and_then(|status| status.gate().execution.as_ref());
        let execution = execution.context("nothing was executed")?;
        assert_eq!(execution.outcome, Some(Outcome::Succeeded));
        assert_eq!(execution.hash, hash);
        for (index, record) in execution.calls.iter().enumerate() {
            let receipt = record.receipt.as_ref().context("a receipt is missing")?;
            let expected = (index == self.call && at_least_once).then_some("at-least-once");
            assert_eq!(receipt.field("Delivery"), expected, "{}", record.action);
        }
        Ok(())
    }
}

fn records(job: &SasScanJob) -> &[CallRecord] {
    let execution = job
        .status
        .as_ref()
        .and_then(|status| status.gate.execution.as_ref());
    execution.map_or(&[], |execution| &execution.calls)
}

fn is_over(job: &SasScanJob) -> bool {
    let ends = [Phase::Succeeded, Phase::Failed, Phase::OutcomeUnknown];
    ends.into_iter().any(|phase| wait::in_phase(job, phase))
}

/// The operator is away for so long.
async fn later(flow: &mut Flow, seconds: f64) -> Result<()> {
    flow.kill_operator().await?;
    flow.cloud.step_clock(seconds)?;
    flow.start_operator()
}

/// Crashes once at the boundary and sees the job through.
pub async fn once(world: World, row: &Row, boundary: Boundary) -> Result<()> {
    let mut flow = start(&world, "scan-crash").await?;
    let hash = row.plan(&flow).await?;
    let place = row.place();
    let trap = place.arm(&flow, boundary)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let lost = place.reach(&flow, boundary, trap).await?;
    flow.kill_operator().await?;
    drop(lost);
    let ran = flow
        .cloud
        .requests_of(row.action())
        .iter()
        .any(|call| call.committed);
    ensure!(
        boundary.committed().is_none_or(|expected| expected == ran),
        "before the second operator"
    );
    flow.cloud.heal();
    flow.start_operator()?;

    let (done, repeated) = row.see_through(&mut flow).await?;
    let in_doubt = matches!(
        boundary,
        Boundary::AfterCommit | Boundary::AfterReply | Boundary::BeforeReceipt
    );
    ensure!(
        boundary == Boundary::AfterSend || repeated == (in_doubt && row.is_repeated_in_doubt()),
        "{boundary:?}: repeated: {repeated}"
    );
    row.assert_ran(&flow, 0, if repeated { 2 } else { 1 });
    row.assert_receipts(&done, &hash, repeated)
}

/// The operator dies over a call and comes back when no copy of it can be accepted any more.
pub async fn long_after(world: World, row: &Row, stage: Stage) -> Result<()> {
    let mut flow = start(&world, "scan-late").await?;
    let hash = row.plan(&flow).await?;
    let mut hang = Rule::new(FaultKind::Hang).on(row.action()).times(1);
    hang.stage = Some(stage);
    flow.cloud.fault(hang)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    wait::until_true("the call hangs", || flow.cloud.hits(FaultKind::Hang) == 1).await?;
    later(&mut flow, FORGOTTEN_SECONDS).await?;

    let (done, _) = row.see_through(&mut flow).await?;
    let ran = stage == Stage::AfterCommit;
    let repeated = row.is_repeated_in_doubt() || (row.once == Once::Seen && !ran);
    row.assert_ran(&flow, 0, if ran && repeated { 2 } else { 1 });
    row.assert_receipts(&done, &hash, repeated)
}
