//! Figures that mean nothing, and keys that nobody could sign with.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::super::{Account, DataCentre, RateLimits, World};
use super::Names;

/// Most servers, cores or seats that a world may count.
const MOST: i64 = 1_000_000_000;
/// Longest time that anything may take, in seconds: a year.
const YEAR: i64 = 31_536_000;

impl Names {
    /// Every access key id belongs to one account.
    pub(super) fn shared_keys(&mut self, world: &World) {
        let mut owners = BTreeMap::new();
        for (account, owned) in &world.accounts {
            for id in owned.keys.keys() {
                if let Some(owner) = owners.insert(id, account) {
                    let problem = format!("access key `{id}` is a key of account {owner} as well");
                    self.within(account, |names| names.wrong("keys", id, problem));
                }
            }
        }
    }

    pub(super) fn secrets(&mut self, account: &Account) {
        for (id, key) in &account.keys {
            if key.access_key_secret.is_empty() {
                let problem = "nobody can sign without a secret; write one".to_owned();
                self.within(id, |names| names.wrong("accessKeySecret", "", problem));
            }
        }
    }

    pub(super) fn rates(&mut self, limits: &RateLimits) {
        let all = [
            ("perAccount", &limits.per_account),
            ("perAction", &limits.per_action),
        ];
        let all = all
            .into_iter()
            .filter_map(|(name, rate)| Some((name, rate.as_ref()?)));
        let single = limits.actions.iter().map(|(name, rate)| (name.as_str(), rate));
        for (name, rate) in all.chain(single) {
            let (per_second, burst) = (rate.per_second, rate.burst);
            if !(per_second.is_finite() && per_second >= 0.0 && burst.is_finite() && burst >= 0.0) {
                let problem = format!(
                    "`perSecond` {per_second} and `burst` {burst} must not be below 0; 0 lets nothing pass"
                );
                self.wrong(name, per_second, problem);
            }
        }
    }

    pub(super) fn figures(&mut self, centre: &DataCentre) {
        let settings = &centre.settings;
        self.within("settings", |names| {
            for (field, seconds) in [
                ("lagSeconds", settings.lag_seconds),
                ("clientLagSeconds", settings.client_lag_seconds),
                ("installCodeLagSeconds", settings.install_code_lag_seconds),
            ] {
                names.figure(field, seconds, 0..=YEAR);
            }
        });
        let quotas = centre.subscription.iter().flat_map(|bought| &bought.quotas);
        for (edition, quota) in quotas {
            self.within(format!("subscription.quotas.{}", edition.0), |names| {
                names.figure("servers", quota.servers, 0..=MOST);
                names.figure("cores", quota.cores, 0..=MOST);
            });
        }
        for id in centre.alerts.keys() {
            self.figure("alerts", *id, 1..=i64::MAX);
        }
        for (id, task) in &centre.scans.tasks {
            self.within(format!("scans.tasks.{id}.course"), |names| {
                names.figure("durationSeconds", task.course.duration_seconds, 0..=YEAR);
            });
        }
    }

    fn figure(&mut self, field: &str, value: i64, allowed: RangeInclusive<i64>) {
        if !allowed.contains(&value) {
            let (least, most) = allowed.into_inner();
            self.wrong(field, value, format!("{value} is not between {least} and {most}"));
        }
    }

    fn wrong(&mut self, field: &str, value: impl Display, problem: String) {
        let place = self.place.iter().map(String::as_str);
        self.found.push(super::Unknown {
            field: place.chain([field]).collect::<Vec<_>>().join("."),
            problem,
            value: value.to_string(),
        });
    }
}
