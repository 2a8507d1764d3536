//! Which alerts each call of a plan is about. It stands in the values of the plan, so in its hash, and in a
//! status even where the calls themselves have no room.

use super::AlertOperation;
use crate::plan::NamedValue;

/// How the names of the values begin.
const ALERTS: &str = "alerts-";

/// A call of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// What it does; `None` for a word that this version does not know.
    pub operation: Option<AlertOperation>,
    /// Ids of its alerts.
    pub alerts: Vec<i64>,
    /// The file in quarantine that it is about, if it is about one.
    pub file: Option<i64>,
}

impl PlannedCall {
    /// The call as text.
    fn text(&self) -> String {
        let word = self.operation.map_or("unknown", AlertOperation::as_str);
        let ids: Vec<String> = self.alerts.iter().map(i64::to_string).collect();
        let file = self.file.map_or(String::new(), |file| format!(" {file}"));
        format!("{word} {}{file}", ids.join(","))
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (word, ids) = (words.next()?, words.next()?);
        Some(Self {
            operation: AlertOperation::of_call(word),
            alerts: ids.split(',').filter_map(|id| id.parse().ok()).collect(),
            file: words.next().and_then(|file| file.parse().ok()),
        })
    }

    /// The calls as values of a plan, each of at most so many bytes unless a single call is longer.
    pub fn values(calls: &[Self], most_bytes: usize) -> Vec<NamedValue> {
        NamedValue::chunks(ALERTS, calls.iter().map(Self::text), ';', most_bytes)
    }
}

/// The calls of a plan, in their order.
pub fn calls_of(values: &[NamedValue]) -> Vec<PlannedCall> {
    let lists = values.iter().filter(|value| value.name.starts_with(ALERTS));
    let calls = lists.flat_map(|value| value.value.split(';'));
    calls.filter_map(PlannedCall::read).collect()
}

/// All alerts of a plan.
pub fn alerts_of(values: &[NamedValue]) -> impl Iterator<Item = i64> {
    calls_of(values).into_iter().flat_map(|call| call.alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let call = |operation, alerts: &[i64], file| PlannedCall {
            operation: Some(operation),
            alerts: alerts.to_vec(),
            file,
        };
        let calls = [
            call(AlertOperation::CancelIgnore, &[1, 2], None),
            call(AlertOperation::RestoreFile, &[3], Some(3_921_701)),
            call(AlertOperation::BlockIp, &[4], None),
        ];
        let values = PlannedCall::values(&calls, 30);
        let names: Vec<_> = values.iter().map(|value| value.name.as_str()).collect();
        assert_eq!(names, ["alerts-01", "alerts-02", "alerts-03"]);
        assert_eq!(calls_of(&values), calls);
        assert_eq!(calls_of(&PlannedCall::values(&calls, 4_000)), calls);
        assert!(alerts_of(&values).eq([1, 2, 3, 4]));
        let later = [NamedValue::new("alerts-01", "from_another_version 5")];
        assert_eq!(
            (calls_of(&later)[0].operation, &calls_of(&later)[0].alerts[..]),
            (None, &[5][..])
        );
    }
}
