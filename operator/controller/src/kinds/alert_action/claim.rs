//! Which alerts a job stands for, so that nobody else proposes anything for them, and who else has some in hand.

use std::collections::BTreeSet;

use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::alerts_of;
use sas_api::status::CommonPart;
use sas_engine::ended;

/// The alerts that a job names, or that its plan holds where it names none.
pub(in crate::kinds) fn claimed(job: &SasAlertAction) -> Vec<i64> {
    let taken_back = job.spec.undo.iter().flat_map(|undone| &undone.alert_ids);
    let named = job.spec.alert_ids.iter().chain(taken_back);
    let named = named.filter_map(|id| id.parse().ok());
    let plan = job.status.as_ref().and_then(|status| status.gate.plan.as_ref());
    let planned = plan.into_iter().flat_map(|plan| alerts_of(&plan.plan.values));
    named.chain(planned).collect()
}

/// Another job that has some of the same alerts in hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rival {
    /// Namespace and name.
    pub name: String,
    /// Its operation.
    pub operation: &'static str,
    /// Where it stands.
    pub phase: String,
    /// How many of the alerts it has in hand.
    pub alerts: usize,
}

/// Those of `others` that have not ended and stand for some of these alerts. `home` is the data centre of those that
/// name none.
pub fn rivals<'a>(
    others: impl Iterator<Item = &'a SasAlertAction>,
    centre: DataCentre,
    home: DataCentre,
    alerts: &BTreeSet<i64>,
) -> Vec<Rival> {
    let others = others.filter(|other| {
        ended(*other).is_none()
            && other.metadata.deletion_timestamp.is_none()
            && other.spec.data_centre.unwrap_or(home) == centre
    });
    let rival = |other: &SasAlertAction| {
        let claimed: BTreeSet<i64> = claimed(other).into_iter().collect();
        let phase = other.status.as_ref().and_then(|status| status.common().phase);
        let rival = Rival {
            name: format!("{}/{}", other.namespace().unwrap_or_default(), other.name_any()),
            operation: other.spec.operation.as_str(),
            phase: phase.map_or_else(|| "new".to_owned(), |phase| format!("{phase:?}")),
            alerts: claimed.intersection(alerts).count(),
        };
        (rival.alerts > 0).then_some(rival)
    };
    let mut rivals: Vec<Rival> = others.filter_map(rival).collect();
    rivals.sort();
    rivals
}
