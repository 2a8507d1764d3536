//! SasAlertAction: alerts that are handled once. What is done about an alert cannot be taken back in most
//! cases, and a repeat starts another task, so a call is made again only when every one of its alerts shows
//! that it did not run, and one that hides evidence never.

mod back;
mod calls;
mod choose;
mod claim;
mod gather;
mod look;
mod near;
mod obstacle;
mod offer;
mod orders;
mod plan;
mod quarantine;
mod report;
mod rules;
mod settle;
mod tally;
mod task;
mod values;
mod whitelist;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use sas_api::account::DataCentre;
use sas_api::alerts::{AlertSelector, Language};
use sas_api::annotations;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{AlertOperation, OnFailure, SasAlertActionStatus, alerts_of, calls_of};
use sas_api::plan::{NamedValue, Plan};
use sas_api::status::{GateStatus, Receipt};
use sas_client::action::ActionInfo;
use sas_client::actions::{
    CheckSecurityEventId, DescribeCloudCenterInstances, DescribeSecurityEventMarkMissList,
    DescribeSecurityEventOperationStatus, DescribeSecurityEventOperations, DescribeSuspEventQuaraFiles,
    DescribeSuspEvents, GetCallerIdentity, HandleSecurityEvents, OperationCancelIgnoreSuspEvent,
    RollbackSuspEventQuaraFile,
};
use sas_engine::{Cloud, Made, Operation, Planned, Reply, Settled, Unavailable, is_waiting};

use self::back::take_back;
pub(super) use self::choose::{Choice, Detail, Fate, choose};
pub(super) use self::claim::claimed;
pub use self::claim::{Rival, rivals};
pub use self::look::{Answer, Question};
use self::look::{Begun, Found, Meant, Wish};
pub use self::offer::Offer;
use self::orders::Orders;
use crate::alerts::Alert;
use crate::alerts::recommendation::RecommendationList;
use crate::assets::Id;
use crate::errand::Pass;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeSuspEvents>(),
    ActionInfo::of::<DescribeSecurityEventOperations>(),
    ActionInfo::of::<DescribeSecurityEventOperationStatus>(),
    ActionInfo::of::<CheckSecurityEventId>(),
    ActionInfo::of::<DescribeCloudCenterInstances>(),
    ActionInfo::of::<DescribeSuspEventQuaraFiles>(),
    ActionInfo::of::<DescribeSecurityEventMarkMissList>(),
    ActionInfo::of::<HandleSecurityEvents>(),
    ActionInfo::of::<OperationCancelIgnoreSuspEvent>(),
    ActionInfo::of::<RollbackSuspEventQuaraFile>(),
];

/// Field of a receipt that names the task.
const TASK_ID: &str = "TaskId";
/// Pause between two looks at a plan that waits.
const REFRESH: Duration = Duration::from_mins(5);
/// How long the effect may take to show: the agent of a server may have much to do.
const PATIENCE: Duration = Duration::from_hours(1);
/// Pauses between two looks at what became of the calls: at first, and when they take longer.
const POLL: Duration = Duration::from_secs(2);
const SLOW_POLL: Duration = Duration::from_secs(10);
/// For how long the cloud is looked at often.
const SOON: Duration = Duration::from_secs(10);

/// What a look at the cloud brings.
pub struct Observed {
    meant: Meant,
    found: Found,
    /// What is done about each alert; empty while calls are made.
    fates: BTreeMap<i64, Fate>,
    /// Servers whose agent is not online.
    offline: BTreeSet<String>,
    /// Other resources that have some of the alerts in hand.
    rivals: Vec<Rival>,
    recommendations: RecommendationList,
    centre: DataCentre,
}

impl Observed {
    /// The alert of an id, as far as the cloud lists it.
    fn alert(&self, id: i64) -> Option<&Alert> {
        self.found.alerts.get(&id)?.as_ref()
    }

    /// The alerts that something is done about.
    fn chosen(&self) -> impl Iterator<Item = (i64, &Choice)> {
        self.fates.iter().filter_map(|(id, fate)| match fate {
            Fate::Act(choice) => Some((*id, choice)),
            _ => None,
        })
    }

    /// The alert, where handling it needs an agent that is not online.
    fn unreachable(&self, id: i64) -> Option<&Alert> {
        let alert = self.alert(id)?;
        let needs = matches!(self.fates.get(&id)?, Fate::Act(choice) if choice.operation.needs_agent());
        (needs && self.offline.contains(&alert.uuid)).then_some(alert)
    }
}

impl Operation<Sas> for SasAlertAction {
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
        Some(PATIENCE)
    }

    fn poll(&self) -> Option<Duration> {
        let execution = self.status.as_ref()?.gate.execution.as_ref()?;
        let intents = execution.calls.iter().filter_map(|call| call.intent.as_ref());
        let last = intents.map(|intent| intent.started_time.0).max()?;
        let awaited = Duration::try_from(Timestamp::now().duration_since(last)).unwrap_or_default();
        Some(if awaited < SOON { POLL } else { SLOW_POLL })
    }

    fn one_by_one(&self) -> bool {
        self.spec.on_failure == OnFailure::Stop
    }

    fn validate(&self) -> Result<(), String> {
        orders::validate(&self.spec)
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let centre = self.spec.data_centre.unwrap_or(sas.home());
        let pass = sas.pass(self);
        let wish = Wish {
            centre,
            now: sas.now(),
            language: language(self.spec.selector.as_ref()),
            meant: meant(self, sas.now()),
            orders: Orders::of(&self.spec),
            expect_server: self.spec.expect_server.clone(),
        };
        let known = sas
            .alert_looks()
            .collect(
                &pass,
                |known| wish.questions(known),
                |question| wish.read(sas, question),
            )
            .await?;
        let recommendations = sas.recommendations().await;
        let found = wish.gather(&known);
        let fates = match wish.meant {
            Meant::Begun(_) => BTreeMap::new(),
            _ => fates(self, &wish.orders, &found, &recommendations),
        };
        let mut observed = Observed {
            meant: wish.meant,
            found,
            fates,
            offline: BTreeSet::new(),
            rivals: Vec::new(),
            recommendations,
            centre,
        };
        let chosen = observed.chosen().map(|(id, _)| id).collect();
        observed.rivals = sas.rivals(self, centre, &chosen);
        observed.offline = offline(sas, &pass, &observed).await?;
        Ok(observed)
    }

    fn plan(&self, observed: &Observed, held: Option<&Plan>) -> Planned {
        plan::plan(self, observed, held)
    }

    fn receipt(&self, _made: &Made<'_>, reply: Option<&Reply>) -> Receipt {
        let Some(reply) = reply else {
            return Receipt::default();
        };
        let task = &reply.body["HandleSecurityEventsResponse"][TASK_ID];
        let task = task.as_i64().or_else(|| task.as_str()?.parse().ok());
        Receipt {
            request_id: Some(reply.request_id.clone()),
            fields: task
                .map(|task| NamedValue::new(TASK_ID, task.to_string()))
                .into_iter()
                .collect(),
        }
    }

    fn settle(&self, plan: &Plan, made: &[Made<'_>], observed: &Observed) -> Settled {
        let begun = report::started(self).unwrap_or(Timestamp::MAX);
        let stop = self.spec.on_failure == OnFailure::Stop;
        settle::settle(&calls_of(&plan.values), made, &observed.found, begun, stop)
    }

    fn report(&self, observed: &Observed, status: &mut SasAlertActionStatus) -> String {
        report::report(self, observed, status)
    }
}

/// Types are compared in the language in which the selector writes them.
pub(super) fn language(selector: Option<&AlertSelector>) -> Language {
    let types = selector.into_iter().flat_map(|selector| &selector.types);
    if types.into_iter().any(|name| !name.is_ascii()) {
        Language::Zh
    } else {
        Language::En
    }
}

/// Which alerts a look is about: those of calls that were begun, else those of a plan that waits, which holds
/// still, else those of the spec.
fn meant(object: &SasAlertAction, now: Timestamp) -> Meant {
    let gate = object.status.as_ref().map(|status| &status.gate);
    if let Some(calls) = gate.and_then(begun) {
        return Meant::Begun(calls);
    }
    let Some(selector) = &object.spec.selector else {
        let undone = object.spec.undo.iter().flat_map(|group| &group.alert_ids);
        let ids = object.spec.alert_ids.iter().chain(undone);
        return Meant::Named(ids.filter_map(|id| id.parse().ok()).collect());
    };
    match gate.and_then(|gate| waiting(object, gate, now)) {
        Some(planned) => {
            // Those that were left alone stay in sight.
            let listed = object.status.iter().flat_map(|status| &status.alerts);
            let listed = listed.filter_map(|result| result.id.parse().ok());
            Meant::Named(planned.into_iter().chain(listed).collect())
        }
        None => Meant::Selected(selector.clone()),
    }
}

/// The calls that were begun and have not come to their end.
fn begun(gate: &GateStatus) -> Option<Vec<Begun>> {
    let execution = gate
        .execution
        .as_ref()
        .filter(|execution| execution.outcome.is_none())?;
    let calls = calls_of(&gate.plan.as_ref()?.plan.values);
    let made = calls.into_iter().zip(&execution.calls);
    let begun: Vec<Begun> = made
        .filter(|(_, record)| record.receipt.is_some() || record.intent.is_some())
        .map(|(call, record)| Begun {
            alerts: call.alerts,
            file: call.file,
            task: record.receipt.as_ref().and_then(task_of),
        })
        .collect();
    (!begun.is_empty()).then_some(begun)
}

/// The task that a receipt names.
fn task_of(receipt: &Receipt) -> Option<i64> {
    receipt.field(TASK_ID)?.parse().ok()
}

/// The alerts of a plan that waits and is not to be replaced.
fn waiting(object: &SasAlertAction, gate: &GateStatus, now: Timestamp) -> Option<Vec<i64>> {
    let plan = gate.plan.as_ref().filter(|_| is_waiting(gate))?;
    let asked = annotations::get(object.metadata.annotations.as_ref(), annotations::REPLAN);
    let replaced = asked.is_some() && asked != gate.handled_replan.as_deref();
    (!replaced && plan.expires_time.0 > now).then(|| alerts_of(&plan.plan.values).collect())
}

/// What is done about each alert that the cloud lists.
fn fates(
    object: &SasAlertAction,
    orders: &Orders,
    found: &Found,
    recommendations: &RecommendationList,
) -> BTreeMap<i64, Fate> {
    let table = recommendations.table.as_deref();
    let recommended = object.spec.operation == AlertOperation::Recommended;
    let table = table.filter(|_| recommended);
    let fate = |(id, alert): (&i64, &Option<Alert>)| {
        let (alert, offer) = (alert.as_ref()?, found.offers.get(id));
        let fate = match orders.on(*id) {
            Err(why) => Fate::Left(why),
            Ok(operation) if operation.takes_back() => {
                let fate = take_back(operation, alert, found);
                because(fate, orders.done(*id))
            }
            Ok(_) => choose(&object.spec, alert, offer, table),
        };
        Some((*id, fate))
    };
    found.alerts.iter().filter_map(fate).collect()
}

/// The fate of an alert, with what it takes back where the spec says so.
fn because(fate: Fate, done: Option<AlertOperation>) -> Fate {
    match (fate, done) {
        (Fate::Act(choice), Some(done)) => Fate::Act(Choice {
            reason: Some(format!("takes back '{}'", done.as_str())),
            ..choice
        }),
        (fate, _) => fate,
    }
}

/// Servers of alerts that need an agent which is not online. A server that the cloud does not list is none.
async fn offline(sas: &Sas, pass: &Pass, observed: &Observed) -> Result<BTreeSet<String>, Unavailable> {
    let needy = observed
        .chosen()
        .filter(|(_, choice)| choice.operation.needs_agent());
    let uuids = needy.filter_map(|(id, _)| Some(observed.alert(id)?.uuid.clone()));
    let ids: BTreeSet<Id> = uuids.filter(|uuid| !uuid.is_empty()).map(Id::Uuid).collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let servers = sas.servers(observed.centre).by_id(&ids, pass.asked()).await?;
    let offline = servers.iter().filter(|server| !server.online);
    Ok(offline.map(|server| server.uuid.clone()).collect())
}

fn alerts(number: usize) -> String {
    format!("{number} alert{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
