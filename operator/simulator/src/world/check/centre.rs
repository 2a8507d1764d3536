//! The names in one data centre: of its servers and groups, and of the cloud's editions and operations.

use super::super::{Alert, Asset, DEFAULT_GROUP, DataCentre, Edition, EventStatus};
use super::Names;
use crate::alerts;

/// What the things of a data centre may name: what is there, and what a change took away.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    now: &'a DataCentre,
    before: Option<&'a DataCentre>,
}

impl<'a> Known<'a> {
    fn has(self, is_there: impl Fn(&DataCentre) -> bool) -> bool {
        is_there(self.now) || self.before.is_some_and(is_there)
    }

    fn groups(self) -> impl Iterator<Item = i64> + 'a {
        std::iter::once(DEFAULT_GROUP).chain(self.now.groups.keys().copied())
    }
}

impl Names {
    pub(super) fn centre(&mut self, centre: &DataCentre, before: Option<&DataCentre>) {
        let known = Known { now: centre, before };
        self.within("assets", |names| {
            for (uuid, asset) in centre.assets.iter() {
                names.within(uuid, |names| names.asset(asset, known));
            }
        });
        self.within("installCodes", |names| {
            for (code, install_code) in &centre.install_codes {
                // The code itself is a secret.
                let shown: String = code.chars().take(2).chain(['…']).collect();
                names.within(shown, |names| {
                    names.group("groupID", install_code.group_id, known);
                    names.word_of("vendorName", "vendor", &install_code.vendor_name, &centre.vendors);
                });
            }
        });
        self.within("installations", |names| {
            for (id, installation) in &centre.installations {
                names.within(id, |names| names.server("uuid", &installation.uuid, known));
            }
        });
        self.within("alerts", |names| {
            for (id, alert) in &centre.alerts {
                names.within(id, |names| names.alert(alert, known));
            }
        });
        self.within("whitelistRules", |names| {
            for (id, rule) in &centre.whitelist_rules {
                if let Some(uuid) = &rule.uuid {
                    names.within(id, |names| names.server("uuid", uuid, known));
                }
            }
        });
        self.within("quarantinedFiles", |names| {
            for (id, file) in &centre.quarantined_files {
                let is_there = known.has(|centre| centre.alerts.contains_key(&file.alert_id));
                let alerts = centre.alerts.keys();
                names.within(id, |names| {
                    names.note(is_there, ("alertID", "alert"), file.alert_id, alerts);
                });
            }
        });
        self.contracts(centre);
        self.figures(centre);
        self.within("scans", |names| names.scans(&centre.scans, known));
    }

    fn asset(&mut self, asset: &Asset, known: Known<'_>) {
        self.group("groupID", asset.group_id, known);
        self.edition("authVersion", asset.auth_version, Edition::is_known);
        self.word(
            "machineType",
            "kind of machine",
            &asset.machine_type,
            &["ecs", "serverless"],
        );
    }

    fn contracts(&mut self, centre: &DataCentre) {
        if let Some(subscription) = &centre.subscription {
            self.within("subscription.quotas", |names| {
                for edition in subscription.quotas.keys() {
                    names.edition(&edition.0.to_string(), *edition, Edition::is_paid);
                }
            });
        }
        let contract = centre.pay_as_you_go.as_ref();
        if let Some(edition) = contract.and_then(|contract| contract.auto_bind_version) {
            self.edition("payAsYouGo.autoBindVersion", edition, Edition::is_known);
        }
    }

    fn alert(&mut self, alert: &Alert, known: Known<'_>) {
        self.server("uuid", &alert.uuid, known);
        self.status("status", alert.status);
        for (field, codes) in [
            ("operations", alert.operations.keys().collect::<Vec<_>>()),
            ("results", alert.results.keys().collect()),
        ] {
            for code in codes {
                self.operation(field, code);
            }
        }
        self.within("handlings", |names| {
            for (task, handling) in &alert.handlings {
                names.within(task, |names| {
                    names.operation("operation", &handling.operation);
                    names.status("becomes", handling.becomes);
                });
            }
        });
    }

    pub(super) fn server(&mut self, field: &str, uuid: &str, known: Known<'_>) {
        let is_there = known.has(|centre| centre.assets.contains_key(uuid));
        let servers = known.now.assets.keys();
        self.note(is_there, (field, "server"), uuid, servers);
    }

    pub(super) fn group(&mut self, field: &str, group: i64, known: Known<'_>) {
        let is_there = group == DEFAULT_GROUP || known.has(|centre| centre.groups.contains_key(&group));
        self.note(is_there, (field, "group"), group, known.groups());
    }

    fn edition(&mut self, field: &str, edition: Edition, may_be: impl Fn(Edition) -> bool) {
        let allowed = Edition::all().filter(|edition| may_be(*edition));
        let allowed = allowed.map(|edition| format!("{} ({})", edition.0, edition.name()));
        self.note(may_be(edition), (field, "edition"), edition.0, allowed);
    }

    fn operation(&mut self, field: &str, code: &str) {
        let is_known = alerts::operation_codes().any(|known| known == code);
        self.note(is_known, (field, "operation"), code, alerts::operation_codes());
    }

    fn status(&mut self, field: &str, status: EventStatus) {
        let is_known = EventStatus::ALL.contains(&status.0);
        self.note(is_known, (field, "status"), status.0, EventStatus::ALL);
    }

    /// Notes a text unless it is empty or in the list.
    fn word_of(&mut self, field: &str, what: &str, value: &str, allowed: &[String]) {
        let is_known = value.is_empty() || allowed.iter().any(|known| known == value);
        self.note(is_known, (field, what), value, allowed);
    }
}
