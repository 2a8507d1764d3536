//! Whether tasks covered the servers that could be scanned when they were ordered. A task may claim to be done
//! and have left some out; the results say so, because their counts are then of the others.

use sas_api::kinds::scan_job::{Findings, ScanKind, ScanTask};
use sas_api::text::shown;

use super::progress::Begun;

/// Longest remark about what is missing in a status.
const REMARK_BYTES: usize = 500;

/// What an execution was to cover.
pub(super) struct Wanted {
    /// Servers that a scan for viruses is of, where it is known.
    pub(super) viruses: Option<i64>,
    /// Servers that the other tasks of a whole account are of, where it is known.
    pub(super) account: Option<i64>,
}

impl Wanted {
    fn of(&self, kind: ScanKind) -> Option<i64> {
        match kind {
            ScanKind::Virus => self.viruses,
            ScanKind::Vulnerabilities | ScanKind::Fingerprint => self.account,
            // Checks of single servers have no count, and a strategy covers servers of its own.
            ScanKind::Push | ScanKind::Baseline => None,
        }
    }
}

/// What tasks that have ended left out. `unscanned` names servers on which the scan for viruses failed.
pub(super) fn remarks(
    begun: &[Begun],
    tasks: &[ScanTask],
    wanted: &Wanted,
    unscanned: &[String],
) -> Vec<String> {
    let remark = |task: &ScanTask| {
        let name = task.kind.as_str();
        let short = task
            .done
            .zip(wanted.of(task.kind))
            .filter(|(done, wanted)| done < wanted);
        match (task.kind, short) {
            (ScanKind::Virus, short) if !unscanned.is_empty() => {
                let named = crate::assets::named(unscanned.iter().map(String::as_str));
                let count = short.map_or_else(String::new, |(done, wanted)| {
                    format!(" {done} of {wanted} servers,")
                });
                Some(format!("{name} scanned{count} not {named}"))
            }
            (_, Some((done, wanted))) => Some(format!(
                "{name} scanned {done} of the {wanted} servers that could be scanned"
            )),
            (ScanKind::Push, None) => begun.iter().find_map(Begun::refused),
            (ScanKind::Baseline, None) => task.message.as_ref().map(|message| format!("{name}: {message}")),
            _ => None,
        }
    };
    tasks.iter().filter_map(remark).collect()
}

/// Adds remarks to what is missing in findings.
pub(super) fn add(findings: &mut Findings, remarks: Vec<String>) {
    let missing: Vec<String> = findings.incomplete.take().into_iter().chain(remarks).collect();
    findings.incomplete = (!missing.is_empty()).then(|| shown(&missing.join("; "), REMARK_BYTES));
}

#[cfg(test)]
mod tests {
    use sas_api::kinds::scan_job::TaskState;

    use super::*;

    fn task(kind: ScanKind, done: Option<i64>, message: Option<&str>) -> ScanTask {
        ScanTask {
            kind,
            task_id: None,
            state: TaskState::Succeeded,
            percent: Some(100),
            done,
            total: None,
            message: message.map(str::to_owned),
        }
    }

    #[test]
    fn what_a_task_left_out_is_said() {
        use ScanKind::{Baseline, Fingerprint, Push, Virus, Vulnerabilities};
        let said = |task, unscanned: &[&str]| {
            let wanted = Wanted {
                viruses: Some(3),
                account: Some(5),
            };
            let unscanned: Vec<_> = unscanned.iter().map(|name| (*name).to_owned()).collect();
            remarks(&[], &[task], &wanted, &unscanned).pop()
        };
        let table = [
            (task(Virus, Some(3), None), vec![], None),
            (task(Virus, None, None), vec![], None),
            (
                task(Virus, Some(2), None),
                vec![],
                Some("virus scanned 2 of the 3 servers that could be scanned"),
            ),
            (
                task(Virus, Some(2), None),
                vec!["web-2"],
                Some("virus scanned 2 of 3 servers, not web-2"),
            ),
            (
                task(Virus, None, None),
                vec!["web-2"],
                Some("virus scanned not web-2"),
            ),
            (
                task(Vulnerabilities, Some(4), None),
                vec!["web-2"],
                Some("vulnerabilities scanned 4 of the 5 servers that could be scanned"),
            ),
            (task(Fingerprint, Some(5), None), vec![], None),
            (task(Baseline, Some(0), None), vec![], None),
            (
                task(Baseline, None, Some("2 servers failed")),
                vec![],
                Some("baseline: 2 servers failed"),
            ),
            (task(Push, None, Some("no progress")), vec![], None),
        ];
        for (task, unscanned, expected) in table {
            let case = format!("{task:?}");
            assert_eq!(said(task, &unscanned).as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn remarks_are_bounded() {
        let mut findings: Findings =
            serde_json::from_value(serde_json::json!({"observedTime": "2026-01-01T00:00:00Z"})).unwrap();
        add(&mut findings, Vec::new());
        assert_eq!(findings.incomplete, None);
        findings.incomplete = Some("only the first rows".into());
        add(&mut findings, vec!["\u{202e}".repeat(500)]);
        let missing = findings.incomplete.unwrap();
        assert!(missing.starts_with("only the first rows; "), "{missing}");
        assert!(missing.len() <= 500 && !missing.contains('\u{202e}'), "{missing}");
    }
}
