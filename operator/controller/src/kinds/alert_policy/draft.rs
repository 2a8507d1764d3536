//! From what is recommended to SasAlertActions: one for each operation with the same parameters, cut into portions
//! that one person can look through. Name and content follow from the alerts, so that the same look drafts the same.

use std::collections::BTreeMap;

use kube::ResourceExt;
use sas_api::digest::digest;
use sas_api::kinds::alert_action::{
    AlertOperation, BlockIp, KillAndQuarantine, SasAlertActionSpec, SubOperation,
};
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};
use sas_api::text::shown;

use super::MOST_ALERTS;
use super::ledger::Ledger;
use super::survey::rank;
use crate::alerts::Alert;
use crate::kinds::alert_action::{Choice, Detail};

/// Says to people what an object is for.
const DESCRIPTION: &str = "kubernetes.io/description";
/// Longest description, in bytes.
const DESCRIPTION_BYTES: usize = 1_000;
/// Digits of the digest that stand in a name.
const DIGITS: usize = 10;

/// A SasAlertAction that could be created.
pub(super) struct Draft {
    operation: AlertOperation,
    detail: Detail,
    /// How urgent the most urgent of its alerts is.
    rank: usize,
    /// Its alerts, in order.
    pub(super) alerts: Vec<i64>,
    /// Why, each reason once.
    reasons: Vec<String>,
}

/// What can be proposed, the most urgent first. `chosen` is in that order too.
pub(super) fn drafts(chosen: &[(Alert, Choice)]) -> Vec<Draft> {
    let mut alike: BTreeMap<(AlertOperation, &Detail), Vec<&(Alert, Choice)>> = BTreeMap::new();
    for one in chosen {
        let (
            _,
            Choice {
                operation, detail, ..
            },
        ) = one;
        alike.entry((*operation, detail)).or_default().push(one);
    }
    let portions = alike.iter().flat_map(|((operation, detail), all)| {
        all.chunks(MOST_ALERTS)
            .map(|some| draft(*operation, detail, some))
    });
    let mut drafts: Vec<_> = portions.collect();
    drafts.sort_by_key(|draft| draft.rank);
    drafts
}

fn draft(operation: AlertOperation, detail: &Detail, some: &[&(Alert, Choice)]) -> Draft {
    let mut alerts: Vec<_> = some.iter().map(|(alert, _)| alert.id).collect();
    alerts.sort_unstable();
    let reasons = some.iter().filter_map(|(_, choice)| choice.reason.clone());
    let mut reasons: Vec<_> = reasons.collect();
    reasons.sort();
    reasons.dedup();
    Draft {
        operation,
        detail: detail.clone(),
        rank: some
            .iter()
            .map(|(alert, _)| rank(alert))
            .min()
            .unwrap_or_default(),
        alerts,
        reasons,
    }
}

impl Draft {
    /// The SasAlertAction. `spec` says in which account and where.
    pub(super) fn action(
        &self,
        policy: &SasAlertPolicy,
        spec: &SasAlertActionSpec,
        ledger: &Ledger,
    ) -> SasAlertAction {
        let mut spec = spec.clone();
        spec.operation = self.operation;
        spec.alert_ids = self.alerts.iter().map(i64::to_string).collect();
        match &self.detail {
            Detail::Block(seconds) => {
                spec.block_ip = Some(BlockIp {
                    duration_seconds: *seconds,
                });
            }
            Detail::SubOperation(code) if self.operation == AlertOperation::KillAndQuara => {
                let known = [SubOperation::Kill, SubOperation::KillAndQuarantine];
                let said = known.into_iter().find(|known| known.as_str() == *code);
                spec.kill_and_quarantine = said.map(|sub_operation| KillAndQuarantine { sub_operation });
            }
            // Rules are never recommended, and nor is what takes something back.
            Detail::Plain | Detail::SubOperation(_) | Detail::Rules(_) | Detail::File { .. } => {}
        }
        let mut action = SasAlertAction::new(&self.name(policy, ledger), spec);
        let why = format!(
            "Proposed by SasAlertPolicy {}: {}",
            policy.name_any(),
            self.reasons.join("; ")
        );
        action
            .annotations_mut()
            .insert(DESCRIPTION.to_owned(), shown(&why, DESCRIPTION_BYTES));
        action
    }

    /// The same alerts with the same operation have the same name, unless they were proposed before.
    fn name(&self, policy: &SasAlertPolicy, ledger: &Ledger) -> String {
        let operation = self.operation.as_str();
        let before = ledger.names_about(&self.alerts);
        let identity = format!("{operation} {:?} {:?} {before:?}", self.detail, self.alerts);
        let digest = digest(&identity);
        let digits = digest.trim_start_matches("sha256:");
        format!(
            "{}-{}-{}",
            policy.name_any(),
            operation.replace('_', "-"),
            &digits[..DIGITS]
        )
    }
}
