//! What is looked at: the alerts that match, and of those that nothing is proposed for what the cloud allows. The
//! types take turns, within each the most urgent come first, and no more are asked about than one look takes.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use sas_api::alerts::AlertLevel;
use sas_api::kinds::alert_action::SasAlertActionSpec;
use sas_client::actions::SuspEvents;
use sas_engine::Unavailable;

use super::ledger::Ledger;
use crate::alerts::recommendation::{Advice, RecommendationTable};
use crate::alerts::{Alert, Page, Query, pages};
use crate::errand::Answers;
use crate::kinds::alert_action::{Choice, Fate, Offer, choose};
use crate::sas::Sas;

/// Alerts of which one look asks what the cloud allows.
const ASKED: usize = 1_000;

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// A page of alerts.
    Page(Page),
    /// What can be done about one alert.
    Offer(i64),
}

/// What a read brought.
#[derive(Debug)]
pub enum Answer {
    /// A page.
    Page(Box<SuspEvents>),
    /// What can be done, if the cloud knows the alert as one to handle.
    Offer(Option<Offer>),
}

/// What is asked.
pub(super) struct Survey<'a> {
    pub(super) query: Query,
    /// How an alert is handled: as recommended.
    pub(super) spec: SasAlertActionSpec,
    pub(super) table: &'a RecommendationTable,
    pub(super) ledger: &'a Ledger,
    /// Whether something may be proposed at all.
    pub(super) has_room: bool,
}

/// What was found; complete when there are no questions left.
#[derive(Default)]
pub(super) struct Found {
    /// How many alerts match.
    pub(super) matching: usize,
    /// How many of them a SasAlertAction names that has not ended.
    pub(super) held: usize,
    /// How many of them one named that ended not long ago.
    pub(super) decided: usize,
    /// How many of them nothing was asked about.
    pub(super) unasked: usize,
    /// Alerts beyond those that were read.
    pub(super) unread: usize,
    /// Types that there are instead of those that the selector means.
    pub(super) other_types: Vec<String>,
    /// Those that something can be proposed for, the most urgent first.
    pub(super) chosen: Vec<(Alert, Choice)>,
    /// Those that nothing is proposed for, and why.
    pub(super) excluded: Vec<(i64, String)>,
    pub(super) questions: Vec<Question>,
}

impl Survey<'_> {
    /// The questions of a look, as far as the answers so far tell.
    pub(super) fn questions(&self, known: &Answers<Question, Answer>) -> Vec<Question> {
        self.gather(known).questions
    }

    /// Reads what a question asks.
    pub(super) async fn read(&self, sas: &Sas, question: Question) -> Result<Answer, Unavailable> {
        let Query { centre, language, .. } = self.query;
        Ok(match question {
            Question::Page(page) => Answer::Page(Box::new(sas.read(&page.request(), page.centre()).await?)),
            Question::Offer(id) => Answer::Offer(Offer::read(sas, centre, language, id).await?),
        })
    }

    /// What is known by these answers, and which questions are open or were asked.
    pub(super) fn gather(&self, known: &Answers<Question, Answer>) -> Found {
        let page_of = |page: &Page| match known.get(&Question::Page(page.clone()))?.as_ref() {
            Answer::Page(answer) => Some(answer.as_ref()),
            Answer::Offer(_) => None,
        };
        let wanted = pages(&self.query, page_of);
        let answers: Vec<_> = wanted.iter().filter_map(page_of).collect();
        let is_complete = answers.len() == wanted.len();
        let listed = self.query.gathered(answers.into_iter());
        let mut found = Found {
            matching: listed.alerts.len(),
            unread: listed.unread,
            other_types: listed.instead(&self.query.selector),
            questions: wanted.into_iter().map(Question::Page).collect(),
            ..Found::default()
        };
        if is_complete {
            self.sort(listed.alerts, known, &mut found);
        }
        found
    }

    fn sort(&self, alerts: Vec<Alert>, known: &Answers<Question, Answer>, found: &mut Found) {
        let mut open = Vec::new();
        for alert in alerts {
            if self.ledger.is_held(alert.id) {
                found.held += 1;
            } else if self.ledger.is_decided(alert.id) {
                found.decided += 1;
            } else {
                open.push(alert);
            }
        }
        open.sort_by_key(urgency);
        // Of each type the first comes before the second of any: those for which nothing is allowed mostly are of
        // one type, and however many they are, they hold up no other.
        let mut turns: HashMap<String, usize> = HashMap::new();
        let in_turn = open.into_iter().map(|alert| {
            let turn = turns.entry(alert.type_code.clone()).or_default();
            *turn += 1;
            (*turn, alert)
        });
        let mut open: Vec<_> = in_turn.collect();
        open.sort_by_key(|(turn, _)| *turn);
        let most = if self.has_room { ASKED } else { 0 };
        let mut asked = 0;
        for (_, alert) in open {
            if !self.is_worth_asking(&alert) {
                self.place(alert, Some(&Offer::default()), found);
            } else if asked == most {
                found.unasked += 1;
            } else {
                asked += 1;
                let question = Question::Offer(alert.id);
                if let Some(Answer::Offer(offer)) = known.get(&question).map(AsRef::as_ref) {
                    self.place(alert, offer.as_ref(), found);
                }
                found.questions.push(question);
            }
        }
        found.chosen.sort_by_key(|(alert, _)| urgency(alert));
    }

    /// Whether what the cloud allows decides what is done about an alert.
    fn is_worth_asking(&self, alert: &Alert) -> bool {
        let nothing = Offer::default();
        !matches!(self.table.advise(alert, |_| true), Advice::None)
            && !matches!(
                choose(&self.spec, alert, Some(&nothing), Some(self.table)),
                Fate::Busy | Fate::Handled
            )
    }

    fn place(&self, alert: Alert, offer: Option<&Offer>, found: &mut Found) {
        let why = match choose(&self.spec, &alert, offer, Some(self.table)) {
            Fate::Act(choice) => return found.chosen.push((alert, choice)),
            Fate::Left(why) => why,
            Fate::Busy => "another operation on it is under way".to_owned(),
            Fate::Handled => "somebody has dealt with it".to_owned(),
        };
        found.excluded.push((alert.id, why));
    }
}

/// What sorts alerts by how urgent they are, then the latest first.
fn urgency(alert: &Alert) -> (usize, Reverse<Option<Timestamp>>, i64) {
    (rank(alert), Reverse(alert.last), alert.id)
}

/// How urgent an alert is, the most urgent first.
pub(super) fn rank(alert: &Alert) -> usize {
    let mut levels = AlertLevel::ALL.iter();
    let known = levels.position(|level| level.as_str() == alert.level);
    known.unwrap_or(AlertLevel::ALL.len())
}
