//! SasScanJob: one scan of some servers or of a whole account, done once. A repeat of a scan does no harm,
//! so what nobody can prove is ordered once more; what must never happen is that a job of single servers
//! scans others. Its calls are therefore a type of their own, and who is selected for a scan for viruses is
//! looked at in the moment before it is ordered.

pub mod account_wide;
mod answers;
mod attribution;
mod coverage;
pub mod desk;
pub mod gauges;
mod last_look;
mod look;
mod plan;
mod prerequisite;
mod progress;
mod readiness;
mod results;
mod selection;
mod settle;
mod stop;
mod strategy;
pub mod targeted;
mod targets;
mod tasks;
pub mod turn;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sas_api::Reason;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::SasScanJobStatus;
use sas_api::plan::{NamedValue, Plan};
use sas_api::status::Receipt;
use sas_client::action::{Action, ActionInfo};
use sas_client::actions::{
    AddAssetSelectionCriteria, CancelOnceTask, CreateAssetSelectionConfig, CreateVirusScanOnceTask,
    DescribeCloudCenterInstances, DescribeGroupedVul, DescribeOnceTask, DescribeStrategy,
    DescribeStrategyExecDetail, DescribeVersionConfig, ExecStrategy, GenerateOnceTask,
    GetAssetSelectionConfig, GetCallerIdentity, GetVirusScanLatestTaskStatistic, ListCheckItemWarningSummary,
    ListVirusScanMachine, ListVirusScanMachineEvent, ListVirusScanTask, ModifyPushAllTask,
    ModifyStartVulScan, PushAllTask, UpdateSelectionKeyByType,
};
use sas_engine::{Children, Made, Operation, Planned, Reply, SendError, Settled, Unavailable};

use self::look::Course;
use self::plan::Prospect;
use crate::assets::printable;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeCloudCenterInstances>(),
    ActionInfo::of::<DescribeVersionConfig>(),
    ActionInfo::of::<DescribeStrategy>(),
    ActionInfo::of::<DescribeStrategyExecDetail>(),
    ActionInfo::of::<DescribeOnceTask>(),
    ActionInfo::of::<DescribeGroupedVul>(),
    ActionInfo::of::<ListCheckItemWarningSummary>(),
    ActionInfo::of::<ListVirusScanMachine>(),
    ActionInfo::of::<ListVirusScanMachineEvent>(),
    ActionInfo::of::<ListVirusScanTask>(),
    ActionInfo::of::<GetVirusScanLatestTaskStatistic>(),
    ActionInfo::of::<GetAssetSelectionConfig>(),
    ActionInfo::of::<ModifyPushAllTask>(),
    ActionInfo::of::<ModifyStartVulScan>(),
    ActionInfo::of::<ExecStrategy>(),
    ActionInfo::of::<GenerateOnceTask>(),
    ActionInfo::of::<CancelOnceTask>(),
    ActionInfo::of::<CreateAssetSelectionConfig>(),
    ActionInfo::of::<AddAssetSelectionCriteria>(),
    ActionInfo::of::<UpdateSelectionKeyByType>(),
    ActionInfo::of::<CreateVirusScanOnceTask>(),
];

/// Servers that a status lists.
const LISTED: usize = 50;
/// Between two looks at a job that waits.
const REFRESH: Duration = Duration::from_mins(5);

/// What a look at the cloud brings.
pub struct Observed(Seen);

enum Seen {
    /// Nothing was ordered yet.
    Prospect(Box<Prospect>),
    /// Tasks are under way.
    Course(Box<Course>),
}

impl Operation<Sas> for SasScanJob {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        REFRESH
    }

    fn one_shot(&self) -> bool {
        true
    }

    fn time_to_live(&self) -> Option<Duration> {
        super::time_to_live(self.spec.ttl_seconds_after_finished)
    }

    fn patience(&self) -> Option<Duration> {
        Some(super::seconds(self.spec.timeout_seconds))
    }

    fn poll(&self) -> Option<Duration> {
        Some(look::POLL)
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        look::observe(self, sas).await.map(Observed)
    }

    fn plan(&self, observed: &Observed, held: Option<&Plan>) -> Planned {
        match &observed.0 {
            Seen::Prospect(prospect) => plan::plan(self, prospect, held),
            // What nobody could prove in time has shown up.
            Seen::Course(course) if course.after.is_some() => Planned::Nothing,
            Seen::Course(_) => Planned::blocked(Reason::LookingUp, "the next look makes a plan"),
        }
    }

    fn away(&self, plan: &Plan, observed: &Observed) -> Vec<NamedValue> {
        let servers = match &observed.0 {
            Seen::Prospect(prospect) => Some(&prospect.servers),
            Seen::Course(course) => course.servers.as_ref(),
        };
        servers.map_or_else(Vec::new, |servers| readiness::away(&plan.targets, servers))
    }

    async fn last_look(&self, sas: &Sas, made: &[Made<'_>]) -> Result<(), SendError> {
        last_look::allows(self, sas, made).await
    }

    fn receipt(&self, made: &Made<'_>, reply: Option<&Reply>) -> Receipt {
        // What a call stops or starts by its name is told without the plan too, which is not kept of a stop.
        let named = ["TaskId", "StrategyId"].iter().filter_map(|name| {
            let value = made.call.value(name)?;
            Some(NamedValue::new(*name, printable(value, 128)))
        });
        let Some(reply) = reply else {
            return Receipt {
                request_id: None,
                fields: named.collect(),
            };
        };
        let text = |path: &str| {
            let value = reply.body.pointer(path)?;
            let text = value.as_str().map(str::to_owned);
            text.or_else(|| value.as_i64().map(|number| number.to_string()))
        };
        let field = |name: &str, path: &str| {
            let text = text(path).map(|text| printable(&text, 128))?;
            (!text.is_empty()).then(|| NamedValue::new(name, text))
        };
        let fields = match made.call.action.as_str() {
            ModifyPushAllTask::NAME => pushed(made, reply),
            CreateAssetSelectionConfig::NAME => {
                field(selection::KEY, "/Data/SelectionKey").into_iter().collect()
            }
            GenerateOnceTask::NAME => field("TaskId", "/TaskId").into_iter().collect(),
            _ => named.collect(),
        };
        Receipt {
            request_id: Some(reply.request_id.clone()),
            fields,
        }
    }

    fn settle(&self, plan: &Plan, made: &[Made<'_>], observed: &Observed) -> Settled {
        match &observed.0 {
            Seen::Course(course) => settle::settle(plan, made, course, self.spec.on_partial),
            Seen::Prospect(_) => Settled::Unproven,
        }
    }

    fn stop(&self, plan: &Plan, _made: &[Made<'_>], observed: &Observed) -> Planned {
        match &observed.0 {
            Seen::Course(course) => stop::plan(plan, course),
            Seen::Prospect(_) => Planned::Nothing,
        }
    }

    fn stopped(&self, plan: &Plan, made: &[Made<'_>], observed: &Observed) -> Settled {
        match &observed.0 {
            Seen::Course(course) => stop::settle(plan, made, course),
            Seen::Prospect(_) => Settled::Unproven,
        }
    }

    fn report(&self, observed: &Observed, status: &mut SasScanJobStatus) -> String {
        status.targets = targets_in_words(self, observed, status);
        match &observed.0 {
            Seen::Prospect(prospect) => report_prospect(self, prospect, status),
            Seen::Course(course) => report_course(course, status),
        }
    }

    fn children(&self, observed: &Observed) -> Children {
        match &observed.0 {
            Seen::Prospect(prospect) => prospect.children(self),
            Seen::Course(_) => Children::default(),
        }
    }
}

/// Which servers took an order of checks. One that the answer does not list was taken: sources disagree
/// whether it lists all of them or only failures.
fn pushed(made: &Made<'_>, reply: &Reply) -> Vec<NamedValue> {
    let ordered = made
        .parameters
        .get("Uuids")
        .map_or(0, |uuids| uuids.split(',').count());
    let answer: PushAllTask = serde_json::from_value(reply.body.clone()).unwrap_or_default();
    let rows = answer
        .push_task_rsp
        .into_iter()
        .flat_map(|rsp| rsp.push_task_result_list);
    let refused: Vec<String> = rows
        .filter(|row| row.success == Some(false))
        .map(|row| {
            let name = row.instance_name.or(row.uuid).unwrap_or_default();
            let why = row.message.unwrap_or_default();
            format!("{}: {}", printable(&name, 60), printable(&why, 60))
        })
        .collect();
    let accepted = ordered.saturating_sub(refused.len());
    let mut fields = vec![NamedValue::new(progress::ACCEPTED, accepted.to_string())];
    if !refused.is_empty() {
        fields.push(NamedValue::new(progress::REFUSED, refused.len().to_string()));
        let first: Vec<_> = refused.into_iter().take(10).collect();
        fields.push(NamedValue::new(progress::REFUSED_SERVERS, first.join(", ")));
    }
    fields
}

/// The servers of the plan of the scan, also while that to stop it has its place.
fn targets_in_words(job: &SasScanJob, observed: &Observed, status: &SasScanJobStatus) -> Option<String> {
    if job.spec.scope.is_none() {
        let aside = status.gate.running.as_ref().map(|running| &running.plan);
        let plan = aside.or(status.gate.plan.as_ref())?;
        return Some(plan.target_count.to_string());
    }
    match &observed.0 {
        Seen::Prospect(prospect) => {
            let ready = readiness::sort(&prospect.servers).ready.len();
            Some(format!("all ({ready} of {} ready)", prospect.servers.len()))
        }
        Seen::Course(_) => status.targets.clone(),
    }
}

fn report_prospect(job: &SasScanJob, prospect: &Prospect, status: &mut SasScanJobStatus) -> String {
    let sorted = readiness::sort(&prospect.servers);
    let counts = sorted.counts();
    status.readiness = Some(counts);
    status.not_ready = sorted.listed(LISTED);
    status.skipped = plan::skipped(job, prospect);
    if let Some(before) = &prospect.before {
        status.results.get_or_insert_default().before = Some(before.findings.clone());
    }
    readiness::in_words(counts)
}

fn report_course(course: &Course, status: &mut SasScanJobStatus) -> String {
    status.tasks.clone_from(&course.tasks);
    if course.is_slow && status.slow_since_time.is_none() {
        status.slow_since_time = Timestamp::from_second(course.now.as_second()).ok().map(Time);
    }
    let words = format!("{}{}", progress::in_words(&course.tasks), left_out(status));
    let Some(after) = &course.after else {
        return words;
    };
    let results = status.results.get_or_insert_default();
    results.after = Some(after.findings.clone());
    results.top.clone_from(&after.top);
    let missing = after.findings.incomplete.as_ref();
    let missing = missing.map_or_else(String::new, |missing| format!("; {missing}"));
    let Some(found) = results::in_words(&after.findings) else {
        return format!("{words}; what it lists is in the cloud's inventory of assets{missing}");
    };
    let before = results.before.as_ref().and_then(results::in_words);
    let before = before.as_deref().unwrap_or("not known");
    format!("{words}; found {found}, before {before}: see status.results{missing}")
}

/// The servers that calls left out, as an end of a sentence.
fn left_out(status: &SasScanJobStatus) -> String {
    let calls = status
        .gate
        .execution
        .iter()
        .flat_map(|execution| &execution.calls);
    let left_out: BTreeSet<&str> = calls
        .flat_map(|call| &call.left_out)
        .map(|server| server.value.as_str())
        .collect();
    if left_out.is_empty() {
        return String::new();
    }
    let named = crate::assets::named(left_out.iter().copied());
    format!("; {} left out: {named}", super::servers(left_out.len()))
}

#[cfg(test)]
mod tests;
