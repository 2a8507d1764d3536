//! The names in the scans of a data centre: servers, groups, checks, strategies and selections.

use super::super::scans::{ScanKind, Scans};
use super::Names;
use super::centre::Known;

impl Names {
    pub(super) fn scans(&mut self, scans: &Scans, known: Known<'_>) {
        self.within("tasks", |names| {
            for (id, task) in &scans.tasks {
                names.within(id, |names| {
                    for uuid in task.servers.keys() {
                        names.server("servers", uuid, known);
                    }
                    if let Some(strategy) = &task.strategy_id {
                        names.one_of("strategyID", "strategy", strategy, &scans.strategies);
                    }
                });
            }
        });
        self.within("strategies", |names| {
            for (id, strategy) in &scans.strategies {
                names.within(id, |names| {
                    for group in &strategy.groups {
                        names.group("groups", *group, known);
                    }
                    for uuid in &strategy.servers {
                        names.server("servers", uuid, known);
                    }
                    for check in &strategy.checks {
                        names.one_of("checks", "check", check, &scans.baseline_checks);
                    }
                });
            }
        });
        self.within("slots", |names| {
            for (business, key) in &scans.slots {
                names.one_of(business, "selection", key, &scans.selections);
            }
        });
        self.findings(scans, known);
    }

    fn findings(&mut self, scans: &Scans, known: Known<'_>) {
        self.within("vulnerabilities", |names| {
            for (name, vulnerability) in &scans.vulnerabilities {
                names.within(name, |names| {
                    let kinds = ScanKind::VULNERABILITIES;
                    let is_known = kinds.contains(&vulnerability.kind);
                    let named = |kind: ScanKind| format!("{kind:?}").to_lowercase();
                    names.note(
                        is_known,
                        ("type", "kind of vulnerability"),
                        named(vulnerability.kind),
                        kinds.map(named),
                    );
                    for uuid in vulnerability.servers.keys() {
                        names.server("servers", uuid, known);
                    }
                });
            }
        });
        self.within("baselineChecks", |names| {
            for (id, check) in &scans.baseline_checks {
                names.within(id, |names| {
                    names.word(
                        "checkLevel",
                        "level",
                        &check.check_level,
                        &["high", "medium", "low"],
                    );
                    for uuid in check.servers.keys() {
                        names.server("servers", uuid, known);
                    }
                });
            }
        });
        self.within("viruses", |names| {
            for (id, virus) in &scans.viruses {
                names.within(id, |names| {
                    names.word(
                        "level",
                        "level",
                        &virus.level,
                        &["serious", "suspicious", "remind"],
                    );
                    names.server("uuid", &virus.uuid, known);
                });
            }
        });
    }
}
