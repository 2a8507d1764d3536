//! What was done under one approval: who asked, who approved, what was sent, what the cloud answered.

use anstyle::Style;
use jiff::Timestamp;
use sas_api::plan::{Call, PublishedPlan};
use sas_api::status::{ApprovalRecord, CallRecord, Execution, Outcome};
use serde::Serialize;

use super::{call, moment};
use crate::object::{Object, readable_writers};
use crate::output::{ERROR, GOOD, Page, TITLE, WARNING};

/// A receipt.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt<'a> {
    kind: &'static str,
    namespace: String,
    name: String,
    /// Writers of the spec; absent where nobody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    /// The approval as the operator accepted it; absent where an older version of the operator did not keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<&'a ApprovalRecord>,
    /// What was done.
    execution: &'a Execution,
    /// The calls as they were planned; absent where a later plan has taken their place.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<Vec<Call>>,
}

/// The plan that an execution carried out, where the status still has it.
pub fn executed_plan<'a>(object: &'a Object, execution: &Execution) -> Option<&'a PublishedPlan> {
    let known = [
        object.gate.plan.as_ref(),
        object.gate.last_approved_plan.as_deref(),
        object.gate.running.as_ref().map(|running| &running.plan),
    ];
    known
        .into_iter()
        .flatten()
        .find(|plan| plan.hash == execution.hash)
}

impl<'a> Receipt<'a> {
    /// That of an execution; `calls` are all calls of the executed plan, where they are known.
    pub fn new(object: &'a Object, execution: &'a Execution, calls: Option<Vec<Call>>) -> Self {
        // What an older version of the operator began is known only as long as nothing follows it.
        let same_spec = object.raw.metadata.generation == Some(execution.observed_generation);
        let latest = object.gate.approval.as_ref();
        let kept = execution.requested_by.as_deref().map(readable_writers);
        Self {
            kind: object.kind.kind,
            namespace: object.namespace(),
            name: object.name(),
            requested_by: kept.or_else(|| object.requesters().filter(|_| same_spec)),
            approval: execution
                .approval
                .as_ref()
                .or(latest.filter(|approval| approval.hash == execution.hash)),
            execution,
            calls,
        }
    }

    /// Adds it as text.
    pub fn add(&self, page: &mut Page, now: Timestamp) {
        page.styled(
            TITLE,
            format!(
                "{}/{} in namespace {}",
                self.kind.to_lowercase(),
                self.name,
                self.namespace
            ),
        );
        self.facts(page, now);
        let execution = self.execution;
        page.gap();
        page.styled(TITLE, format!("Calls ({})", execution.calls.len()));
        for record in &execution.calls {
            self.call(page, record);
        }
    }

    fn facts(&self, page: &mut Page, now: Timestamp) {
        let mut fact = |name: &str, style: Style, text: &str| {
            page.spans(&[(Style::new(), &format!("  {name:<14}")), (style, &text)]);
        };
        let plain = Style::new();
        let execution = self.execution;
        let (style, outcome) = match execution.outcome {
            None => (plain, "under way".to_owned()),
            Some(outcome @ Outcome::Succeeded) => (GOOD, format!("{outcome:?}")),
            Some(outcome) => (ERROR, format!("{outcome:?}")),
        };
        fact("Outcome:", style, &outcome);
        if let Some(message) = &execution.message {
            fact("", plain, message);
        }
        fact(
            "Requested by:",
            plain,
            match (&self.requested_by, &execution.approval) {
                (Some(writers), _) => writers,
                (None, Some(_)) => "unknown: nobody said who wrote the spec",
                (None, None) => "not known any more",
            },
        );
        match self.approval {
            Some(approval) => {
                fact(
                    "Approved by:",
                    plain,
                    approval.by.as_deref().unwrap_or("somebody who gave no name"),
                );
                if let Some(comment) = &approval.comment {
                    fact("Comment:", plain, comment);
                }
                fact("Accepted:", plain, &moment(&approval.accepted_time, now));
            }
            None => fact("Approved by:", plain, "not known any more"),
        }
        fact("Started:", plain, &moment(&execution.started_time, now));
        if let Some(finished) = &execution.finished_time {
            fact("Finished:", plain, &moment(finished, now));
        }
        fact("Hash:", plain, &execution.hash);
    }

    fn call(&self, page: &mut Page, record: &CallRecord) {
        let index = usize::try_from(record.call_index).unwrap_or_default();
        match self.calls.as_ref().and_then(|calls| calls.get(index)) {
            Some(planned) => call::add(page, index + 1, planned),
            None => page.line(format!(
                "  {}. {} (its parameters are not known any more)",
                index + 1,
                record.action
            )),
        }
        for server in &record.left_out {
            page.styled(WARNING, format!("       left out: {}", server.value));
        }
        if let Some(intent) = &record.intent {
            let again = intent
                .resends
                .map(|n| format!(", the same bytes sent again: {n}"))
                .unwrap_or_default();
            page.line(format!(
                "       sent {}, attempt {}{again}, nonce {}",
                intent.timestamp.0, intent.attempt, intent.nonce
            ));
        }
        match &record.receipt {
            None if record.intent.is_none() => {}
            None => page.styled(WARNING, "       no answer is known"),
            Some(receipt) => {
                let id = receipt.request_id.as_deref();
                let id = id.unwrap_or("none: the reply was lost, the effect was read back");
                page.styled(GOOD, format!("       request id {id}"));
                for field in &receipt.fields {
                    page.line(format!("       {} = {}", field.name, field.value));
                }
            }
        }
        if let Some(error) = &record.last_error {
            let failed = self.execution.outcome == Some(Outcome::Failed)
                && record.receipt.is_none()
                && record.intent.is_none();
            let what = if failed {
                "refused"
            } else {
                "an attempt that did not run"
            };
            page.styled(WARNING, format!("       {what}: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{NOW, executed};

    #[test]
    fn a_receipt_says_who_and_what() {
        let object = executed();
        let execution = object.gate.execution.as_ref().unwrap();
        let calls = executed_plan(&object, execution).map(|plan| plan.plan.calls.clone());
        let receipt = Receipt::new(&object, execution, calls);
        let mut page = Page::default();
        receipt.add(&mut page, NOW.parse().unwrap());
        insta::assert_snapshot!("text", page.plain());
        insta::assert_json_snapshot!("json", receipt);
    }

    #[test]
    fn a_receipt_outlives_the_next_plan() {
        let mut object = executed();
        let approval = object.gate.approval.take();
        let mut execution = object.gate.execution.take().unwrap();
        execution.approval = approval;
        execution.requested_by = Some("alice,b%2Cob".into());
        object.gate.plan = None;
        object.raw.metadata.generation = Some(3);
        let text = |execution: &Execution| {
            let mut page = Page::default();
            Receipt::new(&object, execution, None).add(&mut page, NOW.parse().unwrap());
            page.plain()
        };
        let shown = text(&execution);
        for words in [
            "Requested by: alice, b,ob",
            "Approved by:  approver",
            "Comment:      change 4711",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        execution.requested_by = None;
        assert!(text(&execution).contains("Requested by: unknown: nobody said"));
    }

    #[test]
    fn a_refused_call_has_its_answer() {
        let mut object = executed();
        let execution = object.gate.execution.as_mut().unwrap();
        execution.outcome = Some(Outcome::Failed);
        execution.calls.truncate(1);
        execution.calls[0].intent = None;
        execution.calls[0].receipt = None;
        execution.calls[0].last_error = Some("NoPermission, request id 22BB".into());
        let mut page = Page::default();
        Receipt::new(&object, object.gate.execution.as_ref().unwrap(), None)
            .add(&mut page, NOW.parse().unwrap());
        let text = page.plain();
        assert!(text.contains("refused: NoPermission, request id 22BB"), "{text}");
        assert!(!text.contains("no answer is known"), "{text}");
    }

    #[test]
    fn a_receipt_whose_plan_is_gone_says_so() {
        let mut object = executed();
        object.gate.plan = None;
        object.gate.approval = None;
        object.raw.metadata.generation = Some(3);
        let execution = object.gate.execution.as_ref().unwrap();
        assert!(executed_plan(&object, execution).is_none());
        let mut page = Page::default();
        Receipt::new(&object, execution, None).add(&mut page, NOW.parse().unwrap());
        insta::assert_snapshot!("without_plan", page.plain());
    }
}
