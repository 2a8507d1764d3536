//! Whitelist rules. The cloud replaces all rules for alerts of a kind by those that a call names, so every
//! rule that exists is sent along. Where that cannot be done exactly, nothing is sent at all.

use std::collections::BTreeSet;

use sas_api::kinds::alert_action::{Whitelist, WhitelistScope};
use sas_client::actions::MarkMissRule;
use sas_client::wire::Json;

use super::offer::{ALL, Offer};

/// What the cloud calls the server of the alert.
const SAME_SERVER: &str = "part";
/// What to do about a rule that does not fit.
const ANOTHER: &str = ". Create another SasAlertAction whose `spec.whitelist.rules` keep to that";
/// Longest text of rules that a plan can hold.
const LONGEST: usize = 32_000;

/// All rules that are in force after the call, those that exist and the new ones, as they are sent; or why
/// that cannot be told.
pub(super) fn merged(offer: &Offer, wanted: &Whitelist, server: &str) -> Result<String, String> {
    if offer.unreadable > 0 {
        let number = offer.unreadable;
        return Err(format!(
            "{number} of its whitelist rules cannot be read and would be lost"
        ));
    }
    check(offer, wanted)?;
    let mut rules = BTreeSet::new();
    for rule in &offer.rules {
        if rule.server != ALL && rule.server != server {
            return Err(format!(
                "a whitelist rule for another server ({}) would be lost",
                sas_api::text::shown(&rule.server, 64)
            ));
        }
        rules.insert((
            rule.server == ALL,
            rule.field.as_str(),
            rule.operate.as_str(),
            rule.value.as_str(),
        ));
    }
    let everywhere = wanted.scope == WhitelistScope::AllServers;
    for rule in &wanted.rules {
        rules.insert((everywhere, &rule.field, rule.operate.as_str(), &rule.value));
    }
    let text = text(&rules).map_err(|error| format!("its whitelist rules cannot be written: {error}"))?;
    if text.len() > LONGEST {
        return Err(format!(
            "its whitelist rules are longer than {LONGEST} bytes, more than a plan can hold"
        ));
    }
    Ok(text)
}

fn text(rules: &BTreeSet<(bool, &str, &str, &str)>) -> Result<String, serde_json::Error> {
    let rule = |(everywhere, field, operate, value): &(bool, &str, &str, &str)| MarkMissRule {
        uuid: Some(if *everywhere { ALL } else { SAME_SERVER }.to_owned()),
        field: Some((*field).to_owned()),
        operate: Some((*operate).to_owned()),
        field_value: Some((*value).to_owned()),
    };
    Json(rules.iter().map(rule).collect::<Vec<_>>()).text()
}

/// Whether the alert has the fields of the new rules, and each allows the comparison.
fn check(offer: &Offer, wanted: &Whitelist) -> Result<(), String> {
    for rule in &wanted.rules {
        let Some(types) = offer.fields.get(&rule.field) else {
            let known: Vec<&str> = offer.fields.keys().map(String::as_str).collect();
            return Err(format!(
                "it has no field '{}'; it has: {}{ANOTHER}",
                rule.field,
                named(&known)
            ));
        };
        if !types.contains(rule.operate.as_str()) {
            let known: Vec<&str> = types.iter().map(String::as_str).collect();
            return Err(format!(
                "its field '{}' cannot be compared by '{}'; it can by: {}{ANOTHER}",
                rule.field,
                rule.operate.as_str(),
                named(&known)
            ));
        }
    }
    Ok(())
}

fn named(known: &[&str]) -> String {
    match known {
        [] => "none".to_owned(),
        known => sas_api::text::shown(&known.join(", "), 400),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sas_api::kinds::alert_action::{MarkRule, MatchType};
    use serde_json::Value;

    use super::super::offer::Rule;
    use super::*;

    const SERVER: &str = "u-1";

    fn rule(server: &str, field: &str, operate: &str, value: &str) -> Rule {
        Rule {
            server: server.to_owned(),
            field: field.to_owned(),
            operate: operate.to_owned(),
            value: value.to_owned(),
        }
    }

    fn offer(rules: impl IntoIterator<Item = Rule>) -> Offer {
        let types = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Offer {
            rules: rules.into_iter().collect(),
            fields: [
                ("filePath".to_owned(), types(&["contains", "strEqual"])),
                ("md5".to_owned(), types(&["strEqual"])),
            ]
            .into(),
            ..Default::default()
        }
    }

    fn wanted(scope: WhitelistScope, field: &str, operate: MatchType, value: &str) -> Whitelist {
        Whitelist {
            scope,
            rules: vec![MarkRule {
                field: field.to_owned(),
                operate,
                value: value.to_owned(),
            }],
        }
    }

    /// What a call leaves in force, as the cloud reads it.
    fn sent(text: &str) -> BTreeSet<Rule> {
        let rules: Vec<Value> = serde_json::from_str(text).unwrap();
        let server = |rule: &Value| match rule["uuid"].as_str() {
            Some("ALL") => "ALL",
            Some("part") => SERVER,
            other => panic!("{other:?}"),
        };
        let text = |rule: &Value, name: &str| rule[name].as_str().unwrap().to_owned();
        let one = |each: &Value| {
            rule(
                server(each),
                &text(each, "field"),
                &text(each, "operate"),
                &text(each, "fieldValue"),
            )
        };
        rules.iter().map(one).collect()
    }

    #[test]
    fn the_text_has_every_rule_once_and_in_one_order() {
        let new = wanted(
            WhitelistScope::SameServer,
            "filePath",
            MatchType::Contains,
            "/opt/\"x\"",
        );
        let there = [
            rule(ALL, "md5", "strEqual", "m"),
            rule(SERVER, "filePath", "contains", "/opt/\"x\""),
        ];
        let text = merged(&offer(there.clone()), &new, SERVER).unwrap();
        assert_eq!(
            text,
            r#"[{"field":"filePath","fieldValue":"/opt/\"x\"","operate":"contains","uuid":"part"},{"field":"md5","fieldValue":"m","operate":"strEqual","uuid":"ALL"}]"#
        );
        let turned = offer(there.into_iter().rev());
        assert_eq!(merged(&turned, &new, SERVER).unwrap(), text);
    }

    #[test]
    fn what_cannot_be_kept_or_does_not_fit_the_alert_is_not_sent() {
        let new = wanted(WhitelistScope::AllServers, "md5", MatchType::StrEqual, "m");
        let lost = Offer {
            unreadable: 2,
            ..offer([])
        };
        let foreign = offer([rule("u-2", "md5", "strEqual", "m")]);
        let huge = offer([rule(ALL, "md5", "strEqual", &"x".repeat(LONGEST))]);
        for (offer, part) in [
            (lost, "would be lost"),
            (foreign, "another server (u-2)"),
            (huge, "longer than"),
        ] {
            let why = merged(&offer, &new, SERVER).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
        let wrong = wanted(WhitelistScope::AllServers, "md5", MatchType::Regex, "m");
        let why = merged(&offer([]), &wrong, SERVER).unwrap_err();
        assert!(
            why.contains("cannot be compared by 'regex'; it can by: strEqual"),
            "{why}"
        );
        let wrong = wanted(WhitelistScope::AllServers, "cmdline", MatchType::Regex, "m");
        let why = merged(&offer([]), &wrong, SERVER).unwrap_err();
        assert!(
            why.contains("no field 'cmdline'; it has: filePath, md5. Create another SasAlertAction"),
            "{why}"
        );
        let why = merged(&Offer::default(), &wrong, SERVER).unwrap_err();
        assert!(why.contains("it has: none."), "{why}");
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let server = prop_oneof![3 => Just(ALL.to_owned()), 3 => Just(SERVER.to_owned()), 1 => "u-[2-9]"];
        (server, "[a-z]{1,4}", "[a-zA-Z]{1,8}", ".{0,12}")
            .prop_map(|(server, field, operate, value)| rule(&server, &field, &operate, &value))
    }

    proptest! {
        #[test]
        fn no_rule_is_ever_lost(there in prop::collection::vec(any_rule(), 0..12), value in ".{1,12}", all in any::<bool>()) {
            let scope = if all { WhitelistScope::AllServers } else { WhitelistScope::SameServer };
            let new = wanted(scope, "filePath", MatchType::Contains, &value);
            let elsewhere = there.iter().any(|rule| rule.server != ALL && rule.server != SERVER);
            match merged(&offer(there.clone()), &new, SERVER) {
                Ok(text) => {
                    let mut expected: BTreeSet<Rule> = there.into_iter().collect();
                    expected.insert(rule(if all { ALL } else { SERVER }, "filePath", "contains", &value));
                    prop_assert_eq!(sent(&text), expected);
                    prop_assert!(!elsewhere);
                }
                Err(why) => prop_assert!(elsewhere, "{}", why),
            }
        }
    }
}
