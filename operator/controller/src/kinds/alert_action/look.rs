//! What is looked at: the alerts that are meant, what the cloud offers for each, and how the tasks stand that
//! handle them. One read for each, so a look goes on over several passes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sas_api::account::DataCentre;
use sas_api::alerts::{AlertSelector, Language};
use sas_client::actions::{
    CheckSecurityEventId, DescribeSecurityEventMarkMissList, DescribeSecurityEventOperationStatus,
    DescribeSuspEventQuaraFiles, DescribeSuspEvents, MarkMissList, QuarantinedFiles, SuspEvents,
};
use sas_engine::Unavailable;

use super::offer::Offer;
use super::orders::Orders;
use super::quarantine::{self, File};
use super::rules::{self, RuleList};
use super::task::Task;
use crate::alerts::{Alert, Page};
use crate::sas::Sas;

/// Most alerts that one resource handles.
pub(super) const MOST_ALERTS: usize = 1_000;
/// Alerts that one call may name.
pub(super) const BATCH: usize = 20;
/// What the cloud says of a task that is not there any more.
const NO_SUCH_TASK: &str = "OperationTaskNotExists";

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// A page of alerts.
    Page(Page),
    /// One alert; among those that are dealt with where the plain list does not have it.
    Alert {
        /// Its id.
        id: i64,
        /// Whether it is looked for among those that are dealt with.
        dealt_with: bool,
    },
    /// What can be done about one alert.
    Offer(i64),
    /// How a task stands.
    Task {
        /// Its id.
        task: i64,
        /// Its alerts.
        alerts: Vec<i64>,
    },
    /// Whether alerts belong to a server.
    Belonging {
        /// The server.
        uuid: String,
        /// The alerts.
        alerts: Vec<i64>,
    },
    /// A page of the files that are or were in quarantine, from 1.
    Files(usize),
    /// A page of the whitelist rules of the account, from 1.
    Rules(usize),
}

/// What a read brought.
#[derive(Debug)]
pub enum Answer {
    /// A page.
    Page(Box<SuspEvents>),
    /// The alert, if the cloud lists it.
    Alert(Option<Box<Alert>>),
    /// What can be done, if the cloud knows the alert as one to handle.
    Offer(Option<Offer>),
    /// The task, if the cloud still knows it.
    Task(Option<Task>),
    /// Whether they do.
    Belonging(bool),
    /// A page of files.
    Files(Box<QuarantinedFiles>),
    /// A page of whitelist rules.
    Rules(Box<MarkMissList>),
}

/// A call that was begun: its alerts, its file if it is about one, and the task that it started where a reply
/// named one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) alerts: Vec<i64>,
    pub(super) file: Option<i64>,
    pub(super) task: Option<i64>,
}

/// Which alerts a look is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meant {
    /// Those that a selector means.
    Selected(AlertSelector),
    /// These.
    Named(BTreeSet<i64>),
    /// Those of calls that were begun.
    Begun(Vec<Begun>),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wish {
    pub(super) centre: DataCentre,
    pub(super) now: Timestamp,
    pub(super) language: Language,
    pub(super) meant: Meant,
    pub(super) orders: Orders,
    pub(super) expect_server: Option<String>,
}

/// What was found; complete when there are no questions left.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Ids of the alerts that are meant.
    pub(super) meant: BTreeSet<i64>,
    /// The alerts that were looked up; `None` for one that the cloud does not list.
    pub(super) alerts: BTreeMap<i64, Option<Alert>>,
    /// What the cloud offers for those that it was asked for.
    pub(super) offers: BTreeMap<i64, Offer>,
    /// The tasks of calls that were begun and that were looked at, by id; `None` for one that the cloud does
    /// not know any more.
    pub(super) tasks: BTreeMap<i64, Option<Task>>,
    /// The files that are or were in quarantine, by id; `None` where they were not looked up.
    pub(super) files: Option<BTreeMap<i64, File>>,
    /// The whitelist rules of the account; `None` where they were not looked up.
    pub(super) rules: Option<RuleList>,
    /// Alerts of a selector that no look reaches.
    pub(super) unread: usize,
    /// Types of alerts that there are and that a selector does not mean, some of them.
    pub(super) other_types: Vec<String>,
    /// Whether an alert belongs to another server than expected.
    pub(super) unexpected_server: bool,
    /// Some alerts that there are, where a named one is missing.
    pub(super) latest: Vec<Alert>,
    pub(super) questions: Vec<Question>,
}

impl Wish {
    /// Reads what a question asks.
    pub(super) async fn read(&self, sas: &Sas, question: Question) -> Result<Answer, Unavailable> {
        let lang = Some(self.language.as_str().to_owned());
        Ok(match question {
            Question::Page(page) => Answer::Page(Box::new(sas.read(&page.request(), page.centre()).await?)),
            Question::Alert { id, dealt_with } => {
                let request = DescribeSuspEvents {
                    id: Some(id),
                    from: Some("sas".to_owned()),
                    dealed: dealt_with.then(|| "Y".to_owned()),
                    lang,
                    current_page: Some(1),
                    page_size: Some(20),
                    ..Default::default()
                };
                let answer = sas.read(&request, self.centre).await?;
                let mut alerts = answer.susp_events.iter().filter_map(Alert::from_row);
                Answer::Alert(alerts.find(|alert| alert.id == id).map(Box::new))
            }
            Question::Offer(id) => Answer::Offer(Offer::read(sas, self.centre, self.language, id).await?),
            Question::Task { task, alerts } => {
                let request = DescribeSecurityEventOperationStatus {
                    task_id: Some(task),
                    security_event_ids: alerts.iter().map(i64::to_string).collect(),
                };
                let answer = sas.find(&request, self.centre, &[NO_SUCH_TASK]).await?;
                Answer::Task(answer.as_ref().map(Task::of))
            }
            Question::Belonging { uuid, alerts } => {
                let request = CheckSecurityEventId {
                    uuid: Some(uuid),
                    security_event_ids: alerts.iter().map(i64::to_string).collect(),
                };
                Answer::Belonging(sas.read(&request, self.centre).await?.data == Some(true))
            }
            Question::Files(page) => {
                let request = DescribeSuspEventQuaraFiles {
                    from: Some("sas".to_owned()),
                    current_page: i64::try_from(page).ok(),
                    page_size: i64::try_from(quarantine::ROWS).ok(),
                    ..Default::default()
                };
                Answer::Files(Box::new(sas.read(&request, self.centre).await?))
            }
            Question::Rules(page) => {
                let request = DescribeSecurityEventMarkMissList {
                    current_page: i64::try_from(page).ok(),
                    page_size: i64::try_from(rules::ROWS).ok(),
                    ..Default::default()
                };
                Answer::Rules(Box::new(sas.read(&request, self.centre).await?))
            }
        })
    }
}
