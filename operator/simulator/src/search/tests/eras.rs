//! Random changes and random times: whatever an index knows must be what a look at all servers
//! of a fresh copy finds, and it must know something.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{Search, demo};
use crate::action::{Call, Work};
use crate::actions;
use crate::ids::Ids;
use crate::world::scans::{Course, Dispatch, Finding, ScanKind, Task};
use crate::world::{
    Alert, Asset, Billing, Client, DEMO_ACCOUNT, Edition, EventStatus, Handling, IndexedCentre, Key, SUCCESS,
    Software, Subscription,
};

const SEARCHES: [&str; 14] = [
    r#"[{"name":"clientStatus","value":"online"}]"#,
    r#"[{"name":"clientSubStatus","value":"uninstalled"}]"#,
    r#"[{"name":"groupName","value":"web"}]"#,
    r#"[{"name":"authVersion","value":"7"}]"#,
    r#"[{"name":"newInstance","value":"YES"}]"#,
    r#"[{"name":"alarmStatus","value":"YES"}]"#,
    r#"[{"name":"vulStatus","value":"YES"}]"#,
    r#"[{"name":"asapVulStatus","value":"YES"}]"#,
    r#"[{"name":"hcStatus","value":"YES"}]"#,
    r#"[{"name":"riskStatus","value":"NO"}]"#,
    r#"[{"name":"aiStatus","value":"YES"}]"#,
    r#"[{"name":"instanceName","value":"web"}]"#,
    r#"[{"name":"runningStatus","value":"Running"}]"#,
    "[]",
];

struct Chance {
    random: StdRng,
    start: Timestamp,
    given: Vec<Timestamp>,
}

impl Chance {
    /// A time within some minutes of the start.
    fn time(&mut self) -> Timestamp {
        let time = self.start + SignedDuration::from_secs(self.random.random_range(-20..=100));
        self.given.push(time);
        time
    }

    /// One of the times that were given out last, at which something may happen.
    fn recent(&mut self) -> Timestamp {
        let last = self.given.len().saturating_sub(6);
        *self.given[last..].choose(&mut self.random).unwrap()
    }

    fn sometimes(&mut self) -> Option<Timestamp> {
        self.random.random_bool(0.5).then(|| self.time())
    }

    fn finding(&mut self) -> Finding {
        Finding {
            since: self.sometimes(),
            fixed_at: self.sometimes(),
            known_at: self.sometimes(),
            handled: self.random.random_bool(0.1),
        }
    }

    fn change(&mut self, centre: &mut IndexedCentre) {
        if self.random.random_bool(0.5) {
            let servers = u32::try_from(centre.assets.len()).unwrap();
            let nth = self.random.random_range(0..servers) as usize;
            self.change_server(centre.assets.values_mut().nth(nth).unwrap());
        } else {
            self.change_centre(centre);
        }
    }

    fn change_server(&mut self, asset: &mut Asset) {
        let (at, number) = (self.time(), self.random.random_range(0..100));
        match self.random.random_range(0..6) {
            0 => {
                let to = [Client::ONLINE, Client::UNINSTALLED, Client::UNREACHABLE];
                asset.change_client(*to.choose(&mut self.random).unwrap(), at);
            }
            1 => asset.join(1001 + number % 2, at),
            2 => asset.authorise(Edition::ULTIMATE, Billing::Subscription, at, number),
            3 => {
                // Some cease to be new in the midst of it.
                let days = SignedDuration::from_hours(24 * 15 * (number % 2));
                asset.listed = false;
                (asset.listed_from, asset.listed_until) = (Some(at - days), self.sometimes());
            }
            4 => {
                let component = Software {
                    biz: "sca_ai".to_owned(),
                    finding: self.finding(),
                    ..Software::default()
                };
                asset.software.insert("agent".to_owned(), component);
            }
            _ => asset.running ^= true,
        }
    }

    fn change_centre(&mut self, centre: &mut IndexedCentre) {
        let uuids: Vec<String> = centre.assets.keys().cloned().collect();
        let uuid = uuids.choose(&mut self.random).unwrap().clone();
        let (at, number) = (self.time(), self.random.random_range(0..100));
        let (finding, handling) = (self.finding(), self.handling(at));
        match self.random.random_range(0..8) {
            0 => {
                let alert = Alert {
                    uuid,
                    raised_at: at,
                    ..Alert::default()
                };
                centre.alerts.insert(number, alert);
            }
            1 => {
                let mut alerts = centre.alerts.values_mut();
                alerts.next().unwrap().handlings.insert(number, handling);
            }
            2 => {
                let mut vulnerabilities = centre.scans.vulnerabilities.values_mut();
                vulnerabilities.next().unwrap().servers.insert(uuid, finding);
            }
            3 => {
                let mut checks = centre.scans.baseline_checks.values_mut();
                checks.next().unwrap().servers.insert(uuid, finding);
            }
            4 => {
                let task = self.task(uuids, at);
                centre.scans.tasks.insert(number.to_string(), task);
            }
            5 => centre.settings.client_lag_seconds = number % 30,
            6 => {
                let release_time = Some(at - Subscription::GRACE);
                centre.subscription = Some(Subscription {
                    release_time,
                    ..Subscription::default()
                });
            }
            _ => {
                let name = if number % 2 == 0 { "web" } else { "other" };
                centre.groups.values_mut().next().unwrap().name = name.to_owned();
            }
        }
    }

    fn handling(&mut self, at: Timestamp) -> Handling {
        let becomes = [EventStatus::IGNORED, EventStatus::PENDING];
        Handling {
            operation: "ignore".to_owned(),
            started_at: at,
            pending_until: at + SignedDuration::from_secs(3),
            finished_at: at + SignedDuration::from_secs(9),
            result: SUCCESS.to_owned(),
            becomes: *becomes.choose(&mut self.random).unwrap(),
            remark: String::new(),
        }
    }

    fn task(&mut self, uuids: Vec<String>, created_at: Timestamp) -> Task {
        let looked_at = uuids.into_iter().filter(|_| self.random.random_bool(0.7));
        let servers = looked_at.map(|uuid| (uuid, Dispatch::Accepted)).collect();
        let kinds = [ScanKind::Cve, ScanKind::Baseline, ScanKind::Fingerprint];
        Task {
            created_at,
            cancelled_at: self.sometimes(),
            kinds: [*kinds.choose(&mut self.random).unwrap()].into(),
            servers,
            course: Course {
                duration_seconds: 17,
                ..Course::default()
            },
            ..Task::default()
        }
    }
}

/// What the index answers, and how many of its answers were known already.
fn indexed(centre: &IndexedCentre, criteria: &str, now: Timestamp, known: &mut usize) -> Vec<String> {
    let search = Search::parse(Some(criteria), None, centre).unwrap();
    let view = centre.view(now);
    let mut looked = false;
    let uuids = view.answer(vec![Some(criteria.to_owned())], || {
        looked = true;
        search.among_all(&view).map(|(uuid, _)| uuid.clone()).collect()
    });
    *known += usize::from(!looked);
    uuids.to_vec()
}

/// The listing of all servers, byte by byte.
fn listing(centre: &mut IndexedCentre, now: Timestamp) -> Vec<u8> {
    let Work::Centre(run) = actions::find("DescribeCloudCenterInstances").unwrap().work else {
        panic!("a listing works on a data centre");
    };
    let parameters = BTreeMap::from([("PageSize".to_owned(), "100".to_owned())]).into();
    let outcome = run(&mut Call {
        parameters: &parameters,
        account_id: DEMO_ACCOUNT,
        access_key_id: "",
        key: &Key::default(),
        centre_name: "cn-shanghai",
        centre,
        ids: &mut Ids::seeded(1),
        now,
        dry_run: false,
    });
    outcome.unwrap().body
}

fn by_looking(centre: &IndexedCentre, criteria: &str, now: Timestamp) -> Vec<String> {
    let search = Search::parse(Some(criteria), None, centre).unwrap();
    let view = centre.view(now);
    search.among_all(&view).map(|(uuid, _)| uuid.clone()).collect()
}

#[test]
fn an_index_knows_what_a_look_at_all_servers_finds() {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
    let mut chance = Chance {
        random: StdRng::seed_from_u64(7),
        start,
        given: Vec::new(),
    };
    let (mut known, mut different) = (0, BTreeSet::new());
    let mut centre = demo(start);
    for round in 0..400 {
        if round % 50 == 0 {
            centre = demo(start);
            for asset in centre.assets.values_mut().take(3) {
                asset.authorise(Edition::ULTIMATE, Billing::Subscription, start, 0);
            }
        }
        chance.change(&mut centre);
        let mut now = chance.recent();
        for _ in 0..4 {
            // The copy works everything out afresh, for this very time.
            let mut copy = centre.clone();
            for criteria in SEARCHES {
                let expected = by_looking(&copy, criteria, now);
                let found = indexed(&centre, criteria, now, &mut known);
                assert_eq!(found, expected, "round {round}: {criteria} at {now}");
                different.insert((criteria, expected));
            }
            assert_eq!(
                listing(&mut centre, now),
                listing(&mut copy, now),
                "round {round}: rows at {now}"
            );
            // Moments are at full seconds: on one, shortly before or behind, or anywhere.
            now = match chance.random.random_range(0..3) {
                0 => now + SignedDuration::from_millis(chance.random.random_range(1..1200)),
                1 => now - SignedDuration::from_nanos(1),
                _ => chance.recent(),
            };
        }
    }
    assert!(known > 1000, "{known} answers were known");
    assert!(different.len() > 200, "{} different answers", different.len());
}
