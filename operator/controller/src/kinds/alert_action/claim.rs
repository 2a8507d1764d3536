//! Which alerts a job stands for, so that nobody else proposes anything for them.

use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::alerts_of;

/// The alerts that a job names, or that its plan holds where it names none.
pub(in crate::kinds) fn claimed(job: &SasAlertAction) -> Vec<i64> {
    let taken_back = job.spec.undo.iter().flat_map(|undone| &undone.alert_ids);
    let named = job.spec.alert_ids.iter().chain(taken_back);
    let named = named.filter_map(|id| id.parse().ok());
    let plan = job.status.as_ref().and_then(|status| status.gate.plan.as_ref());
    let planned = plan.into_iter().flat_map(|plan| alerts_of(&plan.plan.values));
    named.chain(planned).collect()
}
