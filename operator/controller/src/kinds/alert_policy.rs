//! SasAlertPolicy: writes a SasAlertAction with the recommended operation for alerts that nobody has dealt with and
//! that none names yet. It only reads the cloud; whatever it proposes waits for somebody's approval.

mod draft;
mod ledger;
mod survey;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sas_api::Reason;
use sas_api::account::DataCentre;
use sas_api::alerts::AlertState;
use sas_api::kinds::alert_action::{AlertOperation, OnFailure, SasAlertActionSpec};
use sas_api::kinds::alert_policy::{Exclusion, PolicyCounts, SasAlertPolicyStatus};
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};
use sas_api::text::shown;
use sas_client::action::ActionInfo;
use sas_client::actions::{DescribeSecurityEventOperations, DescribeSuspEvents, GetCallerIdentity};
use sas_engine::{Blocked, Child, Children, Cloud, Report, Unavailable};

use self::draft::drafts;
use self::ledger::Ledger;
pub use self::survey::{Answer, Question};
use self::survey::{Found, Survey};
use super::alert_action::language;
use super::report::{Age, fit, look};
use super::{figure, seconds};
use crate::alerts::recommendation::RecommendationList;
use crate::alerts::{Query, types_in_words};
use crate::errand::Pass;
use crate::in_cluster::SasInCluster;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeSuspEvents>(),
    ActionInfo::of::<DescribeSecurityEventOperations>(),
];

/// Alerts of one proposal: as many as its status lists, so that whoever approves it sees each of them.
const MOST_ALERTS: usize = 100;
/// Proposals that have not ended, at most: more than that nobody looks through.
const MOST_ACTIVE: usize = 50;
/// Reasons that a status lists.
const REASONS: usize = 20;
/// Longest reason, in bytes.
const REASON_BYTES: usize = 500;
/// Room for the list of proposals, in bytes of JSON and in number; with all else an object stays below 200 KB.
const LIST_BYTES: usize = 110_000;
const LISTED: usize = 200;

/// What a look brings.
pub struct Observed {
    ledger: Ledger,
    /// What was found in the cloud; `None` while the last look still serves.
    looked: Option<Looked>,
}

/// What was found in the cloud.
struct Looked {
    counts: PolicyCounts,
    other_types: Vec<String>,
    excluded: Vec<Exclusion>,
    proposed: Vec<SasAlertAction>,
    now: Timestamp,
}

impl Report<SasInCluster> for SasAlertPolicy {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        age(self).refresh()
    }

    async fn observe(&self, behind: &SasInCluster) -> Result<Observed, Unavailable> {
        let SasInCluster { sas, local } = behind;
        let centre = self.spec.data_centre.unwrap_or(sas.home());
        let actions: Vec<SasAlertAction> = local.neighbours_of(self).await?;
        let ledger = Ledger::of(self, &actions, sas.home(), local.now());
        let now = sas.now();
        if !is_due(self, now) {
            let looked = None;
            return Ok(Observed { ledger, looked });
        }
        let RecommendationList { table, problem } = sas.recommendations().await;
        let table = table.ok_or_else(|| {
            let why = problem.unwrap_or_else(|| "there is no recommendation table".to_owned());
            Unavailable::new(Reason::RecommendationsNotReady, why)
        })?;
        let selector = self.spec.selector.clone().unwrap_or_default();
        let survey = Survey {
            query: Query {
                centre,
                language: language(Some(&selector)),
                selector,
                state: AlertState::Open,
                now,
            },
            spec: as_recommended(self, centre),
            table: &table,
            ledger: &ledger,
            has_room: room(self, &ledger) > 0,
        };
        let pass = Pass::new(self.uid().unwrap_or_default(), sas.asked(false));
        let questions = |known: &_| survey.questions(known);
        let read = |question| survey.read(sas, question);
        let known = sas.proposals().collect(&pass, questions, read).await?;
        let looked = propose(self, &survey, &survey.gather(&known));
        Ok(Observed {
            looked: Some(looked),
            ledger,
        })
    }

    fn children(&self, observed: &Observed) -> Children {
        let proposed = observed.looked.iter().flat_map(|looked| &looked.proposed);
        Children {
            wanted: proposed.map(Child::new).collect(),
            retired: observed.ledger.surplus.clone(),
        }
    }

    fn report(&self, observed: &Observed, status: &mut SasAlertPolicyStatus) -> String {
        let Observed { ledger, looked } = observed;
        if let Some(looked) = looked {
            status.counts = Some(looked.counts);
            status.other_types.clone_from(&looked.other_types);
            status.excluded.clone_from(&looked.excluded);
            status.last_look = Some(look(self, looked.now));
        }
        let created = ledger
            .proposals
            .iter()
            .map(|proposal| proposal.created_time.clone());
        status.last_proposal_time = created.max().max(status.last_proposal_time.take());
        status.active_count = Some(count(ledger.active()));
        status.proposals.clone_from(&ledger.proposals);
        status.proposals.truncate(LISTED);
        fit(&mut status.proposals, LIST_BYTES);
        let counts = summary(self, ledger, status.counts.unwrap_or_default());
        match status.other_types.as_slice() {
            [] => counts,
            types => format!("{counts}; {}", types_in_words(types)),
        }
    }

    fn news(&self, status: &SasAlertPolicyStatus) -> Option<Blocked> {
        let left_over = |status: &SasAlertPolicyStatus| status.counts.map_or(0, |counts| counts.left_over);
        let before = self.status.as_ref().map_or(0, left_over);
        let now = left_over(status);
        (before == 0 && now > 0 && !self.spec.suspend).then(|| Blocked {
            reason: Reason::ProposalsLeftOver,
            message: format!(
                "{now} alerts have to wait: {} are created within an hour at most (`maxActionsPerHour`), and \
                 {MOST_ACTIVE} may wait for a decision",
                self.spec.max_actions_per_hour
            ),
        })
    }
}

fn age(policy: &SasAlertPolicy) -> Age<'_> {
    let status = policy.status.as_ref();
    Age {
        look: status.and_then(|status| status.last_look.as_ref()),
        common: status.map(|status| &status.common),
        is_partial: false,
        interval: seconds(policy.spec.refresh_interval_seconds),
    }
}

/// Whether the cloud has to be looked at: the last look is old, or what it drafted is not there yet.
fn is_due(policy: &SasAlertPolicy, now: Timestamp) -> bool {
    let counts = policy.status.as_ref().and_then(|status| status.counts);
    counts.is_some_and(|counts| counts.pending > 0) || age(policy).is_due(policy, now)
}

/// What all proposals have in common.
fn as_recommended(policy: &SasAlertPolicy, centre: DataCentre) -> SasAlertActionSpec {
    SasAlertActionSpec {
        account_ref: policy.spec.account_ref.clone(),
        data_centre: Some(centre),
        alert_ids: Vec::new(),
        selector: None,
        operation: AlertOperation::Recommended,
        block_ip: None,
        kill_and_quarantine: None,
        whitelist: None,
        undo: Vec::new(),
        expect_server: None,
        on_failure: OnFailure::default(),
        ttl_seconds_after_finished: None,
    }
}

/// How many proposals may be added.
fn room(policy: &SasAlertPolicy, ledger: &Ledger) -> usize {
    if policy.spec.suspend {
        return 0;
    }
    let per_hour = usize::try_from(policy.spec.max_actions_per_hour).unwrap_or_default();
    let this_hour = per_hour.saturating_sub(ledger.of_this_hour());
    this_hour.min(MOST_ACTIVE.saturating_sub(ledger.active()))
}

/// What follows from what was found.
fn propose(policy: &SasAlertPolicy, survey: &Survey<'_>, found: &Found) -> Looked {
    let drafts = drafts(&found.chosen);
    let (now, later) = drafts.split_at(drafts.len().min(room(policy, survey.ledger)));
    let alerts = |drafts: &[draft::Draft]| drafts.iter().map(|draft| draft.alerts.len()).sum::<usize>();
    Looked {
        counts: PolicyCounts {
            matching: count(found.matching),
            proposed: count(found.held),
            pending: count(alerts(now)),
            decided: count(found.decided),
            excluded: count(found.excluded.len()),
            left_over: count(alerts(later) + found.unasked),
            unread: count(found.unread),
        },
        other_types: found.other_types.clone(),
        excluded: exclusions(&found.excluded),
        proposed: now
            .iter()
            .map(|draft| draft.action(policy, &survey.spec, survey.ledger))
            .collect(),
        now: survey.query.now,
    }
}

/// The reasons, the most frequent first.
fn exclusions(excluded: &[(i64, String)]) -> Vec<Exclusion> {
    let mut reasons: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for (id, why) in excluded {
        reasons.entry(why).or_insert((0, *id)).0 += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, (alerts, _))| std::cmp::Reverse(*alerts));
    let listed = reasons.into_iter().take(REASONS);
    listed
        .map(|(why, (alerts, example))| Exclusion {
            reason: shown(why, REASON_BYTES),
            alerts: count(alerts),
            example: example.to_string(),
        })
        .collect()
}

fn count(number: usize) -> i64 {
    figure(super::count(number))
}

fn summary(policy: &SasAlertPolicy, ledger: &Ledger, counts: PolicyCounts) -> String {
    let why = if policy.spec.suspend {
        "the policy is suspended".to_owned()
    } else if ledger.active() >= MOST_ACTIVE {
        format!("{MOST_ACTIVE} proposals have not ended")
    } else {
        format!("{} in this hour", ledger.of_this_hour())
    };
    let parts = [
        (counts.proposed, "proposed".to_owned()),
        (counts.pending, "being proposed".to_owned()),
        (counts.decided, "decided on not long ago".to_owned()),
        (counts.excluded, "left alone".to_owned()),
        (counts.left_over, format!("left over ({why})")),
        (counts.unread, "more not read".to_owned()),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(number, what)| format!("{number} {what}")).collect();
    let matching = match counts.matching {
        1 => "1 alert matches".to_owned(),
        number => format!("{number} alerts match"),
    };
    if parts.is_empty() {
        matching
    } else {
        format!("{matching}: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests;
