//! What kinds share that only report: when a look is due, and how a status stays small.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource;
use sas_api::condition;
use sas_api::report::Look;
use sas_api::status::CommonStatus;
use serde::Serialize;

/// Pause before a part that could not be read is tried again.
const RETRY: Duration = Duration::from_mins(1);

/// A report's way to say when it was read last.
pub struct Age<'a> {
    /// The look that the status tells of.
    pub look: Option<&'a Look>,
    /// What the status says besides.
    pub common: Option<&'a CommonStatus>,
    /// Whether a part of it could not be read.
    pub is_partial: bool,
    /// How long a look serves.
    pub interval: Duration,
}

impl Age<'_> {
    /// How long a look serves: less when a part of it is missing.
    pub fn refresh(&self) -> Duration {
        if self.is_partial {
            self.interval.min(RETRY)
        } else {
            self.interval
        }
    }

    /// Whether the cloud has to be looked at. A status that was just written wakes its object, and so do other
    /// things; none of them is a reason to read again what was read a moment ago.
    pub fn is_due(&self, object: &impl Resource, now: Timestamp) -> bool {
        let conditions = self.common.iter().flat_map(|common| &common.conditions);
        let is_ready = conditions
            .into_iter()
            .any(|condition| condition.type_ == condition::READY && condition.status == "True");
        let serves = |look: &Look| {
            // A pass may come a little early: its time was counted from the end of the last one.
            let age = now.duration_since(look.time.0).unsigned_abs() + Duration::from_secs(2);
            Some(look.generation) == object.meta().generation && age < self.refresh()
        };
        !is_ready || self.look.is_none_or(|look| !serves(look))
    }
}

/// The look that ended at this moment.
pub fn look(object: &impl Resource, now: Timestamp) -> Look {
    Look {
        time: whole_second(now),
        generation: object.meta().generation.unwrap_or_default(),
    }
}

/// A moment as the API server stores it.
pub fn whole_second(moment: Timestamp) -> Time {
    Time(Timestamp::from_second(moment.as_second()).unwrap_or(moment))
}

/// Drops items from the end until the rest takes at most `bytes` as JSON, and says how many it dropped.
pub fn fit<T: Serialize>(items: &mut Vec<T>, bytes: usize) -> usize {
    let mut size = 0;
    let fitting = items.iter().take_while(|item| {
        // Whatever cannot be written takes no room.
        size += serde_json::to_vec(item).map_or(0, |json| json.len() + 1);
        size <= bytes
    });
    let (fitting, all) = (fitting.count(), items.len());
    items.truncate(fitting);
    all - fitting
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
    use sas_api::kinds::SasAccount;

    use super::*;

    fn object(generation: i64) -> SasAccount {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAccount",
            "metadata": {"name": "main", "generation": generation},
            "spec": {"credentials": {"secretRef": {"name": "key"}}},
        }))
        .unwrap()
    }

    fn ready(status: &str) -> CommonStatus {
        CommonStatus {
            conditions: vec![Condition {
                type_: condition::READY.to_owned(),
                status: status.to_owned(),
                reason: "InSync".to_owned(),
                message: String::new(),
                last_transition_time: whole_second(Timestamp::UNIX_EPOCH),
                observed_generation: None,
            }],
            ..CommonStatus::default()
        }
    }

    #[test]
    fn a_look_serves_until_it_is_old_or_about_another_spec_or_failed() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let table = [
            // generation, seconds old, Ready, partial, due
            (1, 0, "True", false, false),
            (1, 290, "True", false, false),
            (1, 299, "True", false, true),
            (2, 0, "True", false, true),
            (1, 0, "False", false, true),
            (1, 0, "Unknown", false, true),
            (1, 50, "True", true, false),
            (1, 60, "True", true, true),
        ];
        for (generation, old, status, is_partial, due) in table {
            let ended = now.checked_sub(jiff::SignedDuration::from_secs(old)).unwrap();
            let (look, common) = (look(&object(1), ended), ready(status));
            let age = Age {
                look: Some(&look),
                common: Some(&common),
                is_partial,
                interval: Duration::from_mins(5),
            };
            assert_eq!(
                age.is_due(&object(generation), now),
                due,
                "{generation} {old} {status} {is_partial}"
            );
        }
        let never = Age {
            look: None,
            common: None,
            is_partial: false,
            interval: Duration::from_mins(5),
        };
        assert!(never.is_due(&object(1), now));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut items = vec!["0123456789"; 10];
        assert_eq!(fit(&mut items, 13 * 4), 6);
        assert_eq!(items.len(), 4);
        assert_eq!(fit(&mut items, 1_000), 0);
        assert_eq!(fit(&mut items, 0), 4);
    }
}
