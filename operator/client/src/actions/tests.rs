//! Holds the registry complete, and every action equal to the vendor's models, by looking at the types.

#[path = "../../examples/every_action/awkward.rs"]
mod awkward;
mod model;
mod replies;
mod requests;
mod spoiled;

use std::collections::BTreeSet;

use model::{Model, models};

use super::*;
use crate::action::{Effect, SupportsDryRun};
use crate::wire::Shape;

#[test]
fn the_registry_lists_every_file_of_this_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/actions");
    let helpers = ["define", "mod", "shared", "tests"];
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|stem| !helpers.contains(&stem.as_str()))
        .collect();
    let listed: BTreeSet<String> = ALL.iter().map(|action| snake(action.name)).collect();
    assert_eq!(listed, files);
    assert_eq!(listed.len(), ALL.len(), "an action is listed twice");
}

fn snake(name: &str) -> String {
    let words = name.replace("OIDC", "Oidc");
    words.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

#[test]
fn the_registry_holds_every_model() {
    let listed: BTreeSet<&str> = ALL.iter().map(|action| action.name).collect();
    let modelled: BTreeSet<&str> = models().keys().map(String::as_str).collect();
    assert_eq!(listed, modelled);
}

#[test]
fn no_delete_class_action_is_compiled_in() {
    let forbidden = ["Delete", "Remove", "Release", "Destroy"];
    for action in ALL {
        assert!(
            !forbidden.iter().any(|verb| action.name.starts_with(verb)),
            "{}",
            action.name
        );
    }
}

#[test]
fn facts_match_the_vendors_models() {
    // The vendor counts what may be abused as a write. These make a key and change nothing.
    let reads_though_writes = ["AssumeRole", "AssumeRoleWithOIDC"];
    for action in ALL {
        let model = Model::of(action.name);
        let is_write = model.access == "write" && !reads_though_writes.contains(&action.name);
        assert_eq!(action.effect == Effect::Write, is_write, "{}", action.name);
        let facts = (action.product.name(), action.version, action.method, action.ram);
        let expected = (
            model.product.as_str(),
            model.version.as_str(),
            model.method.as_str(),
            model.ram.as_str(),
        );
        assert_eq!(facts, expected);
    }
}

#[test]
fn every_write_that_knows_a_dry_run_offers_it() {
    fn name<A: SupportsDryRun>() -> &'static str {
        A::NAME
    }
    let offered = BTreeSet::from([
        name::<AddAssetSelectionCriteria>(),
        name::<BindAuthToMachine>(),
        name::<CreateAssetSelectionConfig>(),
        name::<CreateVirusScanOnceTask>(),
        name::<ModifyPostPayModuleSwitch>(),
        name::<ModifyStartVulScan>(),
        name::<UpdatePostPaidBindRel>(),
        name::<UpdateSelectionKeyByType>(),
    ]);
    let writes = ALL.iter().filter(|action| action.effect == Effect::Write);
    let known = writes.filter(|action| Model::of(action.name).request.contains_key("DryRun"));
    assert_eq!(offered, known.map(|action| action.name).collect());
}

#[test]
fn the_merged_version_has_no_field() {
    let model = Model::of("DescribeVersionConfig");
    assert!(model.response.contains_key("MergedVersion"));
    let shown = format!("{:?}", VersionConfig::shape());
    assert!(shown.contains("HighestVersion") && !shown.contains("MergedVersion"));
}
