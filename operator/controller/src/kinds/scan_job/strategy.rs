//! Which baseline strategy a scan of an account runs: the one that the spec names, else the account's
//! default one. Where there is none, the message lists what there is.

use sas_api::Reason;
use sas_client::actions::Strategy;
use sas_engine::Blocked;

use crate::assets::printable;

/// `Type` of the strategy that every account has.
const DEFAULT: i64 = 1;
/// `ExecStatus` of a strategy that runs.
const RUNS: i64 = 2;
/// Strategies that a message lists.
const LISTED: usize = 10;
/// Characters of a name.
const NAME_CHARS: usize = 64;

/// The strategies of an account.
pub(super) type Strategies = Vec<Choice>;

/// A strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) id: i64,
    name: String,
    /// What it covers.
    covers: String,
    is_default: bool,
    runs: bool,
}

impl Choice {
    /// The strategy of a row, unless it has no id.
    pub(super) fn of(row: &Strategy) -> Option<Self> {
        let covered = row.config_targets.iter().filter_map(|target| {
            let kind = target.target_type.as_deref().unwrap_or("target");
            Some(format!("{kind} {}", target.target.as_deref()?))
        });
        let covered = covered.take(LISTED).collect::<Vec<_>>().join(", ");
        Some(Self {
            id: row.id?,
            name: printable(row.name.as_deref().unwrap_or_default(), NAME_CHARS),
            covers: printable(&covered, 512),
            is_default: row.r#type == Some(DEFAULT),
            runs: row.exec_status == Some(RUNS),
        })
    }

    /// Id, name and what it covers.
    pub(super) fn in_words(&self) -> String {
        let covers = if self.covers.is_empty() { "" } else { ", covers " };
        format!("{} {}{covers}{}", self.id, self.name, self.covers)
    }
}

/// The strategy to run. One that runs already is not started again: what the cloud would make of that is
/// not known.
pub(super) fn choose(strategies: &[Choice], wanted: Option<i64>, now: bool) -> Result<&Choice, Blocked> {
    let listed = || {
        let shown = strategies.iter().take(LISTED).map(Choice::in_words);
        shown.collect::<Vec<_>>().join("; ")
    };
    let blocked = |reason, message| Blocked { reason, message };
    let mut fitting = strategies.iter().filter(|strategy| match wanted {
        Some(id) => strategy.id == id,
        None => strategy.is_default,
    });
    let (Some(chosen), None) = (fitting.next(), fitting.next()) else {
        let what = wanted.map_or("no single default baseline strategy".to_owned(), |id| {
            format!("no baseline strategy {id}")
        });
        let message = format!(
            "the account has {what}; create a job with `scans.baseline.strategyID`, one of: {}",
            listed()
        );
        return Err(blocked(Reason::ChooseStrategy, message));
    };
    if now && chosen.runs {
        let message = format!(
            "the baseline strategy {} runs already; this job goes on by itself when it has ended",
            chosen.in_words()
        );
        return Err(blocked(Reason::ScanSlotBusy, message));
    }
    Ok(chosen)
}
