//! A job of single servers reaches those servers and nobody else, whatever its spec and the account are.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sas_api::kinds::scan_job::{FingerprintItem, VulnerabilityType};
use sas_api::plan::Call;
use sas_engine::Planned;
use serde_json::{Value, json};

use super::super::plan::{PUSHABLE, Prospect, plan};
use super::super::readiness;
use super::{job, prospect, server};
use crate::assets::Server;

fn any_scans() -> impl Strategy<Value = Value> {
    let kinds: Vec<VulnerabilityType> = PUSHABLE.map(|(kind, _)| kind).to_vec();
    let kinds = prop::option::of(prop::sample::subsequence(kinds, 0..=4));
    let items = prop::option::of(prop::sample::subsequence(FingerprintItem::ALL.to_vec(), 0..=8));
    let virus = prop::option::of(prop::option::of(Just(json!({"type": "user", "paths": ["/opt"]}))));
    (kinds, any::<bool>(), virus, items).prop_map(|(kinds, baseline, virus, items)| {
        let mut scans = json!({});
        if let Some(kinds) = kinds {
            scans["vulnerabilities"] = json!({"types": kinds});
        }
        if baseline {
            scans["baseline"] = json!({});
        }
        if let Some(virus) = virus {
            scans["virus"] = virus.unwrap_or_else(|| json!({}));
        }
        if let Some(items) = items {
            scans["fingerprint"] = json!({"items": items});
        }
        scans
    })
}

fn any_servers() -> impl Strategy<Value = Vec<Server>> {
    let one = (
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec![0, 1, 3, 6, 7]),
    );
    prop::collection::vec(one, 0..240).prop_map(|servers| {
        let server = |(number, (online, not_installed, version))| Server {
            version,
            online,
            not_installed,
            ..server(number)
        };
        servers.into_iter().enumerate().map(server).collect()
    })
}

/// The servers that a call names.
fn named(call: &Call) -> BTreeSet<String> {
    let list = call.value("Uuids").into_iter().flat_map(|uuids| uuids.split(','));
    let single = call
        .parameters
        .iter()
        .filter(|parameter| parameter.name.ends_with(".Target"));
    let single = single.filter_map(|parameter| parameter.value.as_deref());
    list.chain(single).map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn only_its_servers_and_only_those_that_are_ready(
        scans in any_scans(),
        servers in any_servers(),
        proceed in any::<bool>(),
        picked in prop::collection::vec(0..240_usize, 1..40),
        included in any::<bool>(),
        acts in any::<bool>(),
    ) {
        let uuids: BTreeSet<String> = picked.iter().map(|number| server(*number).uuid).collect();
        let partial = if proceed { "Proceed" } else { "Abort" };
        let job = job(json!({"targets": {"uuids": uuids}, "scans": scans, "onPartial": partial}));
        let prospect = Prospect {
            baseline_included: included,
            about_to_act: acts,
            ..prospect(&job, servers)
        };
        let ready: BTreeSet<String> =
            readiness::sort(&prospect.servers).ready.iter().map(|server| server.uuid.clone()).collect();
        let Planned::Change(plan) = plan(&job, &prospect, None) else {
            return Ok(());
        };
        let targets: BTreeSet<String> = plan.targets.iter().map(|target| target.uuid.clone()).collect();
        prop_assert!(targets.is_subset(&ready) && targets.is_subset(&uuids));
        prop_assert!(proceed || targets.len() == prospect.servers.len());
        for call in &plan.calls {
            match call.action.as_str() {
                "ModifyPushAllTask" | "AddAssetSelectionCriteria" => {
                    let named = named(call);
                    prop_assert!(!named.is_empty() && named.is_subset(&targets));
                }
                "CreateAssetSelectionConfig" => prop_assert_eq!(call.value("TargetType"), Some("instance")),
                "UpdateSelectionKeyByType" | "CreateVirusScanOnceTask" => {}
                other => prop_assert!(false, "{} is a call for a whole account", other),
            }
        }
    }
}
