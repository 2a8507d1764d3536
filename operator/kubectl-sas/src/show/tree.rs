//! Accounts, what acts in them, and how each stands.

use anstyle::Style;
use sas_api::condition::{APPROVAL_GUARD, READY};

use super::without_command;
use crate::object::Object;
use crate::output::{ERROR, FAINT, GOOD, Page, TITLE, WARNING, risk_style};

/// Adds the tree. Objects whose account is not among them stand under its name alone.
pub fn add(page: &mut Page, objects: &[Object]) {
    let mut accounts: Vec<(String, String)> = objects.iter().map(account_of).collect();
    accounts.sort();
    accounts.dedup();
    for (index, account) in accounts.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        let of_account: Vec<&Object> = objects
            .iter()
            .filter(|object| account_of(object) == *account)
            .collect();
        let (roots, mut members): (Vec<&Object>, Vec<&Object>) = of_account
            .into_iter()
            .partition(|object| object.raw.data["spec"]["accountRef"].is_null());
        match roots.first() {
            Some(root) => {
                title(page, "", root, &account.0);
                conditions(page, if members.is_empty() { "    " } else { "|   " }, root);
            }
            None => page.styled(
                TITLE,
                format!(
                    "sasaccount/{} in namespace {} (not looked at)",
                    account.1, account.0
                ),
            ),
        }
        members.sort_by_key(|object| (object.namespace(), object.reference()));
        for (index, object) in members.iter().enumerate() {
            let last = index + 1 == members.len();
            title(page, if last { "`-- " } else { "|-- " }, object, &account.0);
            conditions(page, if last { "        " } else { "|       " }, object);
        }
    }
}

/// Namespace and name of the account that an object acts in, or is.
fn account_of(object: &Object) -> (String, String) {
    let reference = &object.raw.data["spec"]["accountRef"];
    let text = |key: &str| reference[key].as_str().map(str::to_owned);
    (
        text("namespace").unwrap_or_else(|| object.namespace()),
        text("name").unwrap_or_else(|| object.name()),
    )
}

fn title(page: &mut Page, branch: &str, object: &Object, account_namespace: &str) {
    let phase = object
        .common
        .phase
        .map_or("not seen by the operator yet", |phase| phase.as_str());
    let ready = object
        .condition(READY)
        .is_some_and(|(status, ..)| status == "True");
    let stalled = object
        .condition(sas_api::condition::STALLED)
        .is_some_and(|(status, ..)| status == "True");
    let style = if ready {
        GOOD
    } else if stalled {
        ERROR
    } else {
        WARNING
    };
    let elsewhere = (object.namespace() != account_namespace || branch.is_empty())
        .then(|| format!(" in namespace {}", object.namespace()));
    let risk = object
        .plan()
        .filter(|_| object.is_pending())
        .map(|plan| plan.plan.risk);
    page.spans(&[
        (FAINT, &branch),
        (TITLE, &object.reference()),
        (Style::new(), &elsewhere.unwrap_or_default()),
        (Style::new(), &"  "),
        (style, &phase),
        (
            risk.map(risk_style).unwrap_or_default(),
            &risk.map(|risk| format!("  {risk:?}")).unwrap_or_default(),
        ),
    ]);
}

/// One line per condition; a message that another condition has said already is not repeated, and neither
/// is that approvals are guarded as they should be.
fn conditions(page: &mut Page, prefix: &str, object: &Object) {
    let mut said: Vec<&str> = Vec::new();
    for condition in &object.common.conditions {
        if condition.type_ == APPROVAL_GUARD && condition.status == "True" {
            continue;
        }
        let message = if said.contains(&condition.message.as_str()) {
            ""
        } else {
            condition.message.as_str()
        };
        said.push(&condition.message);
        let message = without_command(message);
        let colon = if message.is_empty() { "" } else { ": " };
        page.spans(&[
            (FAINT, &prefix),
            (
                Style::new(),
                &format!(
                    "{}={} {}{colon}{message}",
                    condition.type_, condition.status, condition.reason
                ),
            ),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{account, binding, executed, report};

    #[test]
    fn a_tree_of_accounts_and_what_acts_in_them() {
        let mut elsewhere = executed();
        elsewhere.raw.metadata.namespace = Some("blog".into());
        elsewhere.raw.data["spec"]["accountRef"] = serde_json::json!({"name": "main", "namespace": "shop"});
        let mut orphan = binding();
        orphan.raw.metadata.name = Some("orphan".into());
        orphan.raw.data["spec"]["accountRef"] = serde_json::json!({"name": "other", "namespace": "hidden"});
        let mut page = Page::default();
        add(&mut page, &[binding(), report(), account(), elsewhere, orphan]);
        insta::assert_snapshot!(page.plain());
    }
}
