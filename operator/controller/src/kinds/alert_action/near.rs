//! Which ids look like one that the cloud does not have: a digit mistyped, left out, doubled or swapped.

use crate::alerts::Alert;

/// Changes of one digit that a near id takes at most; two neighbours that changed places are two.
const CHANGES: usize = 2;

/// Alerts with an id like this, the likest first.
pub(super) fn matches(id: i64, alerts: &[Alert]) -> Vec<&Alert> {
    let id = id.to_string();
    let distance = |alert: &Alert| strsim::levenshtein(&id, &alert.id.to_string());
    let mut near: Vec<&Alert> = alerts.iter().filter(|alert| distance(alert) <= CHANGES).collect();
    near.sort_by_key(|alert| (distance(alert), alert.id));
    near.dedup_by_key(|alert| alert.id);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_ids_are_near_and_others_are_not() {
        let alert = |id| Alert {
            id,
            ..Default::default()
        };
        let there: Vec<Alert> = [702_173_401, 702_713_401, 70_217_340, 99, 702_173_401]
            .map(alert)
            .into();
        let near: Vec<i64> = matches(702_173_402, &there)
            .iter()
            .map(|alert| alert.id)
            .collect();
        assert_eq!(near, [70_217_340, 702_173_401]);
        let near: Vec<i64> = matches(702_173_401, &there)
            .iter()
            .map(|alert| alert.id)
            .collect();
        assert_eq!(near, [702_173_401, 70_217_340, 702_713_401]);
    }
}
