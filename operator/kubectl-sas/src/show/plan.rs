//! A plan as a person reads it before deciding: what will happen, what it costs, what cannot be taken
//! back, every call, every server.

use anstyle::Style;
use jiff::Timestamp;
use sas_api::kinds::TargetNoun;
use sas_api::plan::{Cost, Plan, PublishedPlan, Target};
use sas_api::{Risk, annotations};

use super::{amount, call, diff, moment};
use crate::judge;
use crate::object::Object;
use crate::output::{ERROR, GOOD, Page, TITLE, Table, WARNING, cell, risk_style};

/// Adds the plan of an object; `full` has all calls and targets, also where the status has not.
pub fn add(page: &mut Page, object: &Object, published: &PublishedPlan, full: &Plan, now: Timestamp) {
    page.styled(
        TITLE,
        format!("{} in namespace {}", object.reference(), object.namespace()),
    );
    page.line(format!("  {}", full.summary));
    page.gap();
    facts(page, object, published, full, now);
    warnings(page, full, judge::unguarded(object));
    page.gap();
    page.styled(TITLE, format!("Calls ({})", full.calls.len()));
    for (index, planned) in full.calls.iter().enumerate() {
        call::add_planned(page, index + 1, planned);
    }
    if !full.targets.is_empty() {
        page.gap();
        let noun = object.kind.targets;
        let heading = match noun {
            TargetNoun::Servers => "Servers",
            TargetNoun::Alerts => "Alerts",
        };
        page.styled(TITLE, format!("{heading} ({})", full.targets.len()));
        page.table(&targets(noun, &full.targets));
        if full.partial {
            page.line("  A call leaves out those on which it cannot act when it is made.");
        }
    }
    if !full.values.is_empty() {
        page.gap();
        page.styled(TITLE, "The plan is right as long as");
        for value in &full.values {
            page.line(format!("  {} = {}", value.name, value.value));
        }
    }
    if let Some(before) = &object.gate.last_approved_plan {
        diff::add(page, object.kind.targets, before, published, full);
    }
}

fn facts(page: &mut Page, object: &Object, published: &PublishedPlan, full: &Plan, now: Timestamp) {
    let mut fact = |name: &str, style: Style, text: String| {
        page.spans(&[(Style::new(), &format!("  {name:<14}")), (style, &text)]);
    };
    let plain = Style::new();
    let risk = format!("{:?}, {}", full.risk, full.risk.meaning());
    fact("Risk:", risk_style(full.risk), risk);
    for (index, line) in cost(full.cost.as_ref()).into_iter().enumerate() {
        fact(if index == 0 { "Cost:" } else { "" }, plain, line);
    }
    fact(
        "Account:",
        plain,
        format!("{} ({})", published.account_id, published.site),
    );
    if let Some(running) = &object.gate.running {
        fact("Stops:", WARNING, running.plan.plan.summary.clone());
    }
    let requesters = object.requesters();
    fact(
        "Requested by:",
        plain,
        requesters.unwrap_or_else(|| "unknown".to_owned()),
    );
    fact("Made:", plain, moment(&published.computed_time, now));
    fact("Valid until:", plain, moment(&published.expires_time, now));
    fact("Hash:", plain, published.hash.clone());
    if let Some(by) = judge::approved_by(object, now) {
        fact("Approved by:", GOOD, by);
    } else if let Some(void) = judge::void_approval(object, now) {
        fact("Approved by:", WARNING, void);
    } else if object.annotation(annotations::REJECTED_PLAN) == Some(&published.hash) {
        let by = object
            .annotation(annotations::APPROVED_BY)
            .unwrap_or("somebody who gave no name");
        fact("Rejected by:", WARNING, by.to_owned());
        if let Some(why) = object.annotation(annotations::APPROVAL_COMMENT) {
            fact("Reason:", WARNING, why.to_owned());
        }
    }
    if object.annotation(annotations::PAUSED).is_some() {
        fact(
            "Paused:",
            WARNING,
            "yes; nothing is written until `kubectl sas resume`".to_owned(),
        );
    }
}

/// The lines about cost: the sum first, with the day of its prices, then what it is made of.
fn cost(cost: Option<&Cost>) -> Vec<String> {
    let Some(cost) = cost else {
        return vec!["none".to_owned()];
    };
    let currency = cost.currency.as_deref().unwrap_or_default();
    let first = match &cost.price_source {
        Some(source) => format!("{}, by {source}", cost.display),
        None => cost.display.clone(),
    };
    let mut lines = vec![first];
    if let Some(ceiling) = cost.monthly_ceiling_millis {
        lines.push(format!("at most {} {currency} per month", amount(ceiling)));
    }
    lines.extend(cost.items.iter().map(|item| match item.unit_price_millis {
        Some(price) => format!("{} {} at {} {currency}", item.quantity, item.name, amount(price)),
        None => format!("{} {}, price unknown", item.quantity, item.name),
    }));
    lines
}

fn warnings(page: &mut Page, full: &Plan, unguarded: Option<&str>) {
    if full.warnings.is_empty() && full.risk < Risk::R3 && unguarded.is_none() {
        return;
    }
    page.gap();
    page.styled(TITLE, "Before you decide");
    if let Some(why) = unguarded {
        page.styled(ERROR, format!("  ! nobody guards approvals: {why}"));
    }
    if full.risk >= Risk::R3 {
        let text = format!("  ! this {}", full.risk.meaning());
        page.styled(risk_style(full.risk), text);
    }
    for warning in &full.warnings {
        page.styled(WARNING, format!("  ! {warning}"));
    }
}

fn targets(noun: TargetNoun, targets: &[Target]) -> Table {
    let columns = match noun {
        TargetNoun::Servers => ["  NAME", "INSTANCE", "REGION", "NOW", "UUID"],
        TargetNoun::Alerts => ["  SERVER", "INSTANCE", "REGION", "ALERT", "UUID"],
    };
    let mut table = Table::new(&columns);
    for target in targets {
        table.rows.push(vec![
            cell(format!("  {}", or_none(&target.name))),
            cell(or_none(&target.instance_id)),
            cell(or_none(&target.region_id)),
            cell(or_none(&target.current)),
            cell(&target.uuid),
        ]);
    }
    table
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

#[cfg(test)]
mod tests {
    use sas_api::status::Running;

    use super::*;
    use crate::object::tests::{NOW, binding, hostile};

    fn shown(object: &Object) -> String {
        let plan = object.plan().unwrap();
        let mut page = Page::default();
        add(&mut page, object, plan, &plan.plan, NOW.parse().unwrap());
        page.plain()
    }

    #[test]
    fn the_targets_are_called_what_they_are() {
        let mut object = binding();
        object.kind = crate::names::kind("sasaa").unwrap();
        let text = shown(&object);
        for part in ["Alerts (3)", "  SERVER", " ALERT "] {
            assert!(text.contains(part), "{part} {text}");
        }
        assert!(!text.contains("Servers (") && !text.contains(" NOW "), "{text}");
    }

    #[test]
    fn a_plan_in_full() {
        insta::assert_snapshot!(shown(&binding()));
    }

    #[test]
    fn a_plan_beside_the_one_that_was_approved_last() {
        let mut object = binding();
        let mut before = object.plan().unwrap().clone();
        before.hash = format!("sha256:{}", "0".repeat(64));
        before.plan.summary = "give 2 servers (web-1, web-0) the edition Enterprise by Subscription".into();
        before.plan.calls.truncate(1);
        before.plan.calls[0].parameters[0].value = Some("3".into());
        before.plan.targets.truncate(1);
        before.plan.targets.push(Target {
            uuid: "u-0".into(),
            name: "web-0".into(),
            ..Target::default()
        });
        before.plan.values[0].value = "Enterprise".into();
        before.plan.cost = None;
        before.target_count = 2;
        object.gate.last_approved_plan = Some(Box::new(before));
        insta::assert_snapshot!(shown(&object));
    }

    #[test]
    fn a_plan_that_was_rejected_while_nobody_guards_approvals() {
        let mut object = binding();
        let hash = object.plan().unwrap().hash.clone();
        let annotations = object.raw.metadata.annotations.get_or_insert_default();
        for (key, value) in [
            (annotations::REJECTED_PLAN, hash.as_str()),
            (annotations::APPROVED_BY, "alice"),
            (annotations::APPROVAL_COMMENT, "too dear\nthis month"),
        ] {
            annotations.insert(key.to_owned(), value.to_owned());
        }
        for guard in &mut object.common.conditions {
            if guard.type_ == sas_api::condition::APPROVAL_GUARD {
                "False".clone_into(&mut guard.status);
                "the ValidatingAdmissionPolicy sas-status is missing".clone_into(&mut guard.message);
            }
        }
        let head: Vec<String> = shown(&object).lines().take(24).map(str::to_owned).collect();
        insta::assert_snapshot!(head.join("\n"));
    }

    #[test]
    fn an_approval_that_is_over_is_shown_as_over() {
        let mut object = binding();
        let hash = object.plan().unwrap().hash.clone();
        let annotations = object.raw.metadata.annotations.get_or_insert_default();
        for (key, value) in [
            (annotations::APPROVED_PLAN, hash.as_str()),
            (annotations::APPROVED_BY, "alice"),
            (annotations::APPROVAL_NOT_AFTER, "2026-11-21T09:00:00Z"),
        ] {
            annotations.insert(key.to_owned(), value.to_owned());
        }
        let text = shown(&object);
        assert!(
            text.contains("Approved by:  alice; valid until 2026-11-21T09:00:00Z, which is over"),
            "{text}"
        );
    }

    #[test]
    fn what_a_cloud_says_cannot_steer_the_terminal_or_forge_a_line() {
        let text = shown(&hostile());
        let hidden = |c: char| c != '\n' && sas_api::text::is_hidden(c);
        assert!(!text.contains(hidden), "{text:?}");
        assert!(
            !text
                .lines()
                .any(|line| line.trim_start().starts_with("Risk:  R0")),
            "{text}"
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_plan_that_stops_something_says_what() {
        let mut object = binding();
        let mut plan = object.plan().unwrap().clone();
        plan.plan.summary = "scan the whole account".into();
        let execution = crate::object::tests::executed().gate.execution.unwrap();
        object.gate.running = Some(Box::new(Running { plan, execution }));
        let text = shown(&object);
        assert!(text.contains("Stops:        scan the whole account"), "{text}");
        assert_eq!(
            object.executions().count(),
            1,
            "the receipt of what runs is not lost"
        );
    }
}
