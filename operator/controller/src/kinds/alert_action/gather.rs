//! What is known by the answers so far, and which questions that leaves. A pure function, so that a look can go
//! on over several passes.

use sas_api::alerts::{AlertSelector, AlertState};
use sas_api::kinds::alert_action::AlertOperation;
use sas_client::actions::{MarkMissList, QuarantinedFiles, SuspEvents};

use super::look::{Answer, BATCH, Begun, Found, MOST_ALERTS, Meant, Question, Wish};
use super::quarantine::{self, File};
use super::rules::{self, RuleList};
use crate::alerts::{Alert, Page, Query, pages};
use crate::errand::Answers;

impl Wish {
    /// What is known by these answers, and which questions are open or were asked.
    pub(super) fn gather(&self, known: &Answers<Question, Answer>) -> Found {
        let mut found = Found::default();
        match &self.meant {
            Meant::Begun(calls) => follow(calls, known, &mut found),
            Meant::Named(ids) => {
                found.meant.clone_from(ids);
                self.look_up(known, &mut found);
            }
            Meant::Selected(selector) => {
                if self.select(selector, known, &mut found) && found.meant.len() <= MOST_ALERTS {
                    self.look_up(known, &mut found);
                }
            }
        }
        found
    }

    /// The questions of a look, as far as the answers so far tell.
    pub(super) fn questions(&self, known: &Answers<Question, Answer>) -> Vec<Question> {
        self.gather(known).questions
    }

    fn query(&self, selector: AlertSelector, state: AlertState) -> Query {
        Query {
            centre: self.centre,
            selector,
            state,
            language: self.language,
            now: self.now,
        }
    }

    /// The alerts of a selector; whether all pages are there.
    fn select(&self, selector: &AlertSelector, known: &Answers<Question, Answer>, found: &mut Found) -> bool {
        let query = self.query(selector.clone(), AlertState::Open);
        let wanted = pages(&query, |page| page_of(page, known));
        let answers: Vec<_> = wanted.iter().filter_map(|page| page_of(page, known)).collect();
        let complete = answers.len() == wanted.len();
        found.questions.extend(wanted.into_iter().map(Question::Page));
        let listed = query.gathered(answers.into_iter());
        found.unread = listed.unread;
        found.other_types = listed.instead(selector);
        for alert in listed.alerts {
            found.meant.insert(alert.id);
            found.alerts.insert(alert.id, Some(alert));
        }
        complete
    }

    /// The alerts themselves, what is offered for each, and whose they are.
    fn look_up(&self, known: &Answers<Question, Answer>, found: &mut Found) {
        for id in found.meant.clone() {
            if !found.alerts.contains_key(&id)
                && let Some(alert) = one(id, known, &mut found.questions)
            {
                found.alerts.insert(id, alert.cloned());
            }
        }
        let open = |alert: &Alert| alert.status.is_open() != Some(false);
        let listed = found.alerts.values().flatten();
        let asked = listed.filter(|alert| {
            let order = self.orders.on(alert.id);
            order.is_ok_and(|order| order.is_offered() && open(alert) != order.takes_back())
        });
        for id in asked.map(|alert| alert.id).collect::<Vec<_>>() {
            let question = Question::Offer(id);
            if let Some(Answer::Offer(Some(offer))) = known.get(&question).map(AsRef::as_ref) {
                found.offers.insert(id, offer.clone());
            }
            found.questions.push(question);
        }
        let orders: Vec<_> = found.meant.iter().map(|id| self.orders.on(*id)).collect();
        if orders.contains(&Ok(AlertOperation::RestoreFile)) {
            look_up_files(known, found);
        }
        if orders.contains(&Ok(AlertOperation::RmMarkMisInfo)) {
            look_up_rules(known, found);
        }
        if let Some(uuid) = &self.expect_server {
            let ids: Vec<i64> = found.meant.iter().copied().collect();
            for alerts in ids.chunks(BATCH) {
                let question = Question::Belonging {
                    uuid: uuid.clone(),
                    alerts: alerts.to_vec(),
                };
                let answer = known.get(&question).map(AsRef::as_ref);
                found.unexpected_server |= matches!(answer, Some(Answer::Belonging(false)));
                found.questions.push(question);
            }
        }
        if found.alerts.values().any(Option::is_none) {
            for state in [AlertState::Open, AlertState::Handled] {
                let query = self.query(AlertSelector::default(), state);
                for page in pages(&query, |_| None) {
                    let rows = page_of(&page, known).map(|page| page.susp_events.iter());
                    found
                        .latest
                        .extend(rows.into_iter().flatten().filter_map(Alert::from_row));
                    found.questions.push(Question::Page(page));
                }
            }
        }
    }
}

/// How calls that were begun stand. The alerts themselves are the truth, and they are read when no task
/// is at work any more, or where no reply named a task.
fn follow(calls: &[Begun], known: &Answers<Question, Answer>, found: &mut Found) {
    let mut ended = Vec::new();
    let mut at_work = false;
    for call in calls {
        found.meant.extend(&call.alerts);
        if call.file.is_some() {
            continue;
        }
        let Some(task) = call.task else {
            ended.extend(&call.alerts);
            continue;
        };
        let question = Question::Task {
            task,
            alerts: call.alerts.clone(),
        };
        match known.get(&question).map(AsRef::as_ref) {
            Some(Answer::Task(answer)) => {
                at_work |= answer.as_ref().is_some_and(|task| !task.has_ended(&call.alerts));
                found.tasks.insert(task, answer.clone());
            }
            _ => at_work = true,
        }
        found.questions.push(question);
    }
    if !at_work {
        ended.extend(
            calls
                .iter()
                .filter(|call| call.task.is_some())
                .flat_map(|call| &call.alerts),
        );
    }
    for id in ended {
        if let Some(alert) = one(id, known, &mut found.questions) {
            found.alerts.insert(id, alert.cloned());
        }
    }
    if calls.iter().any(|call| call.file.is_some()) {
        look_up_files(known, found);
    }
}

/// The files that are or were in quarantine.
fn look_up_files(known: &Answers<Question, Answer>, found: &mut Found) {
    let page = |number| match known.get(&Question::Files(number)).map(AsRef::as_ref) {
        Some(Answer::Files(answer)) => Some(answer.as_ref()),
        _ => None,
    };
    let numbers = 1..=page(1).map_or(1, quarantine::pages);
    found.questions.extend(numbers.clone().map(Question::Files));
    let pages: Option<Vec<&QuarantinedFiles>> = numbers.map(page).collect();
    found.files = pages.map(|pages| {
        let rows = pages.into_iter().flat_map(|page| &page.quara_files);
        rows.filter_map(File::from_row)
            .map(|file| (file.id, file))
            .collect()
    });
}

/// The whitelist rules of the account.
fn look_up_rules(known: &Answers<Question, Answer>, found: &mut Found) {
    let page = |number| match known.get(&Question::Rules(number)).map(AsRef::as_ref) {
        Some(Answer::Rules(answer)) => Some(answer.as_ref()),
        _ => None,
    };
    let numbers = 1..=page(1).map_or(1, rules::pages);
    found.questions.extend(numbers.clone().map(Question::Rules));
    let pages: Option<Vec<&MarkMissList>> = numbers.map(page).collect();
    found.rules = pages.map(|pages| RuleList::of(pages.into_iter()));
}

fn page_of<'a>(page: &Page, known: &'a Answers<Question, Answer>) -> Option<&'a SuspEvents> {
    match known.get(&Question::Page(page.clone()))?.as_ref() {
        Answer::Page(answer) => Some(answer),
        _ => None,
    }
}

/// One alert, `None` where the cloud has none with this id; nothing while that is not known. It is looked
/// for among those that are dealt with where the plain list does not have it.
#[expect(clippy::option_option, reason = "not known yet is not the same as not there")]
fn one<'a>(
    id: i64,
    known: &'a Answers<Question, Answer>,
    questions: &mut Vec<Question>,
) -> Option<Option<&'a Alert>> {
    for dealt_with in [false, true] {
        let question = Question::Alert { id, dealt_with };
        let answer = known.get(&question).map(AsRef::as_ref);
        questions.push(question);
        if let Answer::Alert(Some(alert)) = answer? {
            return Some(Some(alert));
        }
    }
    Some(None)
}
