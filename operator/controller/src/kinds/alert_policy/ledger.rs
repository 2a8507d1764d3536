//! What was proposed for which alert, and what came of it: from the SasAlertActions that exist, and for those that
//! are gone from what the status remembers of them. Everything that limits proposals is read off here.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::alert_policy::{Proposal, ProposalOutcome};
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};
use sas_api::status::CommonPart;
use sas_engine::{Retired, ended, is_child};

use super::MOST_ALERTS;
use crate::accounts::account_key;
use crate::kinds::alert_action::claimed;
use crate::kinds::report::whole_second;

/// What counts as recent for the limit of proposals.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What was proposed for which alert.
pub(super) struct Ledger {
    /// The proposals of the policy, those that have not ended first, then the latest.
    pub(super) proposals: Vec<Proposal>,
    /// Those that ended and are not to be kept.
    pub(super) surplus: Vec<Retired>,
    held: HashSet<i64>,
    decided: HashSet<i64>,
    now: Timestamp,
}

impl Ledger {
    /// What these SasAlertActions of the policy's namespace and its own status say. `home` is the data centre of
    /// those that name none.
    pub(super) fn of(
        policy: &SasAlertPolicy,
        actions: &[SasAlertAction],
        home: DataCentre,
        now: Timestamp,
    ) -> Self {
        let mut ledger = Self {
            proposals: Vec::new(),
            surplus: Vec::new(),
            held: HashSet::new(),
            decided: HashSet::new(),
            now,
        };
        let again = super::seconds(policy.spec.propose_again_after_seconds);
        for action in actions
            .iter()
            .filter(|action| is_about_the_same(policy, action, home))
        {
            let alerts = claimed(action);
            match ended(action) {
                None => ledger.held.extend(alerts),
                Some(end) if ledger.is_within(end.at, again) => ledger.decided.extend(alerts),
                Some(_) => {}
            }
        }
        let own: Vec<_> = actions
            .iter()
            .filter(|action| is_child(policy, *action))
            .collect();
        ledger.proposals = own.iter().map(|action| proposal(action)).collect();
        ledger.remember(policy, again);
        ledger.surplus = surplus(policy, &own, |proposal| ledger.matters(proposal, again));
        ledger.proposals.sort_by_key(|proposal| {
            (
                proposal.outcome.is_some(),
                Reverse(since(proposal)),
                proposal.name.clone(),
            )
        });
        ledger
    }

    /// Proposals that are gone count as long as they would if they were still there.
    fn remember(&mut self, policy: &SasAlertPolicy, again: Duration) {
        let there: HashSet<_> = self
            .proposals
            .iter()
            .map(|proposal| proposal.name.clone())
            .collect();
        let noted = policy.status.iter().flat_map(|status| &status.proposals);
        for noted in noted.filter(|noted| !there.contains(&noted.name)) {
            let mut gone = noted.clone();
            gone.phase = None;
            if gone.outcome.is_none() {
                gone.outcome = Some(ProposalOutcome::Deleted);
                gone.ended_time = Some(whole_second(self.now));
            }
            if !self.matters(&gone, again) {
                continue;
            }
            if self.is_recent(&gone, again) {
                self.decided
                    .extend(gone.alert_ids.iter().filter_map(|id| id.parse::<i64>().ok()));
            }
            self.proposals.push(gone);
        }
    }

    /// Whether something that has not ended names this alert.
    pub(super) fn is_held(&self, alert: i64) -> bool {
        self.held.contains(&alert)
    }

    /// Whether it is too early to propose something for this alert again.
    pub(super) fn is_decided(&self, alert: i64) -> bool {
        self.decided.contains(&alert)
    }

    /// Proposals that have not ended.
    pub(super) fn active(&self) -> usize {
        self.proposals
            .iter()
            .filter(|proposal| proposal.outcome.is_none())
            .count()
    }

    /// Proposals of the last hour.
    pub(super) fn of_this_hour(&self) -> usize {
        self.proposals
            .iter()
            .filter(|proposal| self.is_new(proposal))
            .count()
    }

    /// Names of the proposals that named one of these alerts, in order.
    pub(super) fn names_about(&self, alerts: &[i64]) -> Vec<&str> {
        let ids: HashSet<String> = alerts.iter().map(i64::to_string).collect();
        let about = |proposal: &&Proposal| proposal.alert_ids.iter().any(|id| ids.contains(id));
        let mut names: Vec<_> = self
            .proposals
            .iter()
            .filter(about)
            .map(|proposal| proposal.name.as_str())
            .collect();
        names.sort_unstable();
        names
    }

    /// Whether a proposal still limits others.
    fn matters(&self, proposal: &Proposal, again: Duration) -> bool {
        self.is_new(proposal) || self.is_recent(proposal, again)
    }

    fn is_new(&self, proposal: &Proposal) -> bool {
        self.now.duration_since(proposal.created_time.0) < HOUR
    }

    fn is_recent(&self, proposal: &Proposal, again: Duration) -> bool {
        proposal
            .ended_time
            .as_ref()
            .is_none_or(|end| self.is_within(end.0, again))
    }

    fn is_within(&self, end: Timestamp, again: Duration) -> bool {
        SignedDuration::try_from(again).is_ok_and(|again| self.now.duration_since(end) < again)
    }
}

/// Whether a SasAlertAction is about alerts of the same account and data centre.
fn is_about_the_same(policy: &SasAlertPolicy, action: &SasAlertAction, home: DataCentre) -> bool {
    account_key(policy) == account_key(action)
        && policy.spec.data_centre.unwrap_or(home) == action.spec.data_centre.unwrap_or(home)
}

fn proposal(action: &SasAlertAction) -> Proposal {
    let end = ended(action);
    let ids = action.spec.alert_ids.iter();
    Proposal {
        name: action.name_any(),
        operation: action.spec.operation,
        alert_ids: ids.take(MOST_ALERTS).cloned().collect(),
        created_time: action.creation_timestamp().unwrap_or(Time(Timestamp::UNIX_EPOCH)),
        phase: action.status.as_ref().and_then(|status| status.common().phase),
        outcome: end.map(|end| {
            if end.well {
                ProposalOutcome::Done
            } else {
                ProposalOutcome::NotDone
            }
        }),
        ended_time: end.map(|end| whole_second(end.at)),
    }
}

/// The moment that orders a proposal among its like.
fn since(proposal: &Proposal) -> Timestamp {
    proposal.ended_time.as_ref().unwrap_or(&proposal.created_time).0
}

/// Ended SasAlertActions beyond those that are kept, the oldest of them. One that still limits others goes only when
/// the status remembers it.
fn surplus(
    policy: &SasAlertPolicy,
    own: &[&SasAlertAction],
    matters: impl Fn(&Proposal) -> bool,
) -> Vec<Retired> {
    let noted = policy.status.iter().flat_map(|status| &status.proposals);
    let noted: HashMap<_, _> = noted.map(|noted| (noted.name.as_str(), noted.outcome)).collect();
    let mut over: Vec<_> = own
        .iter()
        .filter_map(|action| Some((ended(*action)?.at, *action)))
        .collect();
    over.sort_by_key(|(at, action)| (Reverse(*at), action.name_any()));
    let kept = usize::try_from(policy.spec.history_limit).unwrap_or_default();
    let beyond = over.into_iter().skip(kept).map(|(_, action)| action);
    let is_free = |action: &&SasAlertAction| {
        let outcome = noted.get(action.name_any().as_str()).copied().flatten();
        outcome.is_some() || !matters(&proposal(action))
    };
    let mut surplus: Vec<_> = beyond.filter(is_free).filter_map(Retired::over).collect();
    surplus.reverse();
    surplus
}
