//! The moments at which time alone changes what readers see of a data centre's servers: whatever
//! compares a recorded time with the present in [`super::view::View`] has its moment here.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::world::scans::Finding;
use crate::world::{Asset, DataCentre, Subscription};

/// All of them, in order.
pub fn moments(centre: &DataCentre) -> Vec<Timestamp> {
    let lag = SignedDuration::from_secs(centre.settings.client_lag_seconds);
    let assets = centre.assets.values().flat_map(|asset| of_asset(asset, lag));
    let contract = centre.subscription.iter().filter_map(Subscription::end);
    let all: BTreeSet<Timestamp> = assets
        .chain(contract)
        .chain(of_alerts(centre))
        .chain(of_findings(centre))
        .collect();
    all.into_iter().collect()
}

fn of_asset(asset: &Asset, lag: SignedDuration) -> impl Iterator<Item = Timestamp> {
    let clients = asset.earlier_clients.iter();
    let clients = clients.filter_map(move |earlier| earlier.until.checked_add(lag).ok());
    let others = [
        asset.listed_from,
        asset.listed_until,
        asset.new_until(),
        asset.earlier_group.as_ref().map(|earlier| earlier.until),
        asset.shown.as_ref().map(|shown| shown.until),
    ];
    clients.chain(others.into_iter().flatten())
}

/// Which whitelist rules an alert meets is decided when it is raised.
fn of_alerts(centre: &DataCentre) -> impl Iterator<Item = Timestamp> {
    centre.alerts.values().flat_map(|alert| {
        let handlings = alert.handlings.values();
        let steps = handlings.flat_map(|handling| [handling.pending_until, handling.finished_at]);
        steps.chain([alert.raised_at])
    })
}

/// Scans finish many servers; only those with something to find count.
fn of_findings(centre: &DataCentre) -> impl Iterator<Item = Timestamp> {
    let findings: Vec<(&String, &Finding)> = findings(centre).collect();
    let with_findings: BTreeSet<&str> = findings.iter().map(|(uuid, _)| uuid.as_str()).collect();
    let tasks = centre.scans.tasks.values();
    let finished: Vec<Timestamp> = tasks
        .flat_map(|task| task.finished(Timestamp::MAX))
        .filter(|(uuid, _)| with_findings.contains(uuid))
        .map(|(_, at)| at)
        .collect();
    let known = findings.into_iter().filter_map(|(_, finding)| finding.known_at);
    finished.into_iter().chain(known)
}

/// What there is to find, with the uuid of the server that has it.
fn findings(centre: &DataCentre) -> impl Iterator<Item = (&String, &Finding)> {
    let vulnerabilities = centre.scans.vulnerabilities.values();
    let checks = centre.scans.baseline_checks.values();
    let software = centre.assets.iter().flat_map(|(uuid, asset)| {
        let software = asset.software.values();
        software.map(move |software| (uuid, &software.finding))
    });
    vulnerabilities
        .flat_map(|vulnerability| &vulnerability.servers)
        .chain(checks.flat_map(|check| &check.servers))
        .chain(software)
}
