//! `kubectl sas ram-policy`: the least that a RAM user or role has to be allowed. The actions come from the
//! operator's own list, which the generator of this repository writes into `data`. Asks nobody.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use sas_api::KINDS;
use serde_json::{Value, json};

use super::Ended;
use crate::names;
use crate::output::{Format, Page};

/// RAM actions by kind.
const ACTIONS: &str = include_str!("../../data/ram-actions.json");

/// Flags of `ram-policy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kinds that will be used; all without any.
    #[arg(value_name = "KIND")]
    kinds: Vec<String>,
}

/// Prints the policy.
pub fn run(args: &Args) -> Result<Ended> {
    let mut page = Page::default();
    page.document(&of_kinds(&args.kinds)?, Format::Json)?;
    page.print()?;
    Ok(Ended::Well)
}

/// A RAM policy that allows these actions.
pub fn policy(actions: &BTreeSet<&str>) -> Value {
    let statement = json!({"Action": actions, "Effect": "Allow", "Resource": "*"});
    json!({"Statement": [statement], "Version": "1"})
}

fn of_kinds(words: &[String]) -> Result<Value> {
    let known: BTreeMap<&str, Vec<&str>> =
        serde_json::from_str(ACTIONS).context("failed to read the list of RAM actions")?;
    let mut actions = BTreeSet::new();
    for word in words {
        let Some(kind) = names::kind(word) else {
            let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.kind).collect();
            bail!("there is no kind {word}: write some of {}", kinds.join(", "));
        };
        actions.extend(known.get(kind.kind).into_iter().flatten());
    }
    if words.is_empty() {
        actions.extend(known.values().flatten());
    }
    if actions.is_empty() {
        bail!(
            "{} needs no RAM policy: it does not call the cloud",
            words.join(", ")
        );
    }
    Ok(policy(&actions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(words: &[&str]) -> BTreeSet<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let policy = of_kinds(&words).unwrap();
        serde_json::from_value(policy["Statement"][0]["Action"].clone()).unwrap()
    }

    #[test]
    fn every_kind_has_actions_and_no_kind_means_all() {
        let mut all = BTreeSet::new();
        // These work in the cluster alone.
        let calls_nothing = ["SasApprovalPolicy", "SasScanSchedule"];
        for kind in KINDS.iter().filter(|kind| !calls_nothing.contains(&kind.kind)) {
            let own = actions(&[kind.plural]);
            assert!(!own.is_empty(), "{}", kind.kind);
            assert_eq!(own, actions(&[kind.kind]));
            all.extend(own);
        }
        assert_eq!(actions(&[]), all);
        assert!(
            all.iter()
                .all(|action| !action.contains('*') && !action.contains(":Delete"))
        );
    }

    #[test]
    fn the_policy_is_one_that_ram_takes() {
        let text = serde_json::to_string_pretty(&of_kinds(&["sasic".to_owned()]).unwrap()).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_kind_that_calls_nothing_needs_no_policy() {
        let error = of_kinds(&["sasap".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("needs no RAM policy"), "{error}");
    }

    #[test]
    fn an_unknown_kind_is_refused_with_those_that_exist() {
        let error = of_kinds(&["pods".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("SasAuthBinding"), "{error}");
    }
}
