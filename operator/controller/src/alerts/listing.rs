//! Reads the alerts that a selector means, page by page, over as many passes as that takes. The cloud narrows
//! the list where it can; whether an alert matches is decided here, from its row, so that a filter that
//! the cloud ignores cannot widen a plan. What was not read is counted.

use std::collections::{BTreeSet, HashSet};

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use sas_api::account::DataCentre;
use sas_api::alerts::{AlertLevel, AlertSelector, AlertState, Language};
use sas_api::text::shown;
use sas_client::actions::{DescribeSuspEvents, SuspEvents};
use sas_client::wire::CommaList;
use sas_engine::Unavailable;

use super::Alert;
use crate::assets::fits;
use crate::errand::{Answers, Pass};
use crate::sas::Sas;

/// Rows per page, the most that the cloud gives.
const PAGE: usize = 100;
/// Pages that one look reads at most: 10,000 alerts.
const MAX_PAGES: usize = 100;
/// Types of alerts that do not match which are kept.
const OTHER_TYPES: usize = 20;
/// A time that moves on with every look is told to the cloud in steps of this many seconds, so that all
/// pages of one look answer the same question.
const STEP_SECONDS: i64 = 3_600;

/// Which alerts to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Where they are.
    pub centre: DataCentre,
    /// Which.
    pub selector: AlertSelector,
    /// How far they are.
    pub state: AlertState,
    /// Language of names and types.
    pub language: Language,
    /// Now, by the cloud's clock.
    pub now: Timestamp,
}

/// What the cloud is told of a query: the question of one page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    centre: DataCentre,
    levels: Vec<AlertLevel>,
    uuids: Vec<String>,
    not_before: Option<Timestamp>,
    state: AlertState,
    language: Language,
    number: usize,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The alerts that match, in the order in which the cloud lists them: the latest first.
    pub alerts: Vec<Alert>,
    /// Alerts that the cloud has beyond those that were read; whether they match is not known.
    pub unread: usize,
    /// Types of alerts that were read and do not match, some of them. For people who mistyped one.
    pub other_types: BTreeSet<String>,
}

impl Listed {
    /// What types there are, where a selector in words means none of the alerts.
    pub fn instead(&self, selector: &AlertSelector) -> Vec<String> {
        let types = self.other_types.iter().cloned();
        types
            .filter(|_| self.alerts.is_empty() && selector.is_in_words())
            .collect()
    }
}

/// The types that there are instead of those that a selector means, in one phrase.
pub fn types_in_words(types: &[String]) -> String {
    if types.is_empty() {
        return "nothing else was listed under the same levels, servers and time".to_owned();
    }
    let types: Vec<String> = types.iter().map(|name| format!("'{name}'")).collect();
    format!(
        "types of those that are there: {}",
        shown(&types.join(", "), 1_000)
    )
}

/// The alerts that match a query, or [`Unavailable::unfinished`] while pages are missing.
pub async fn alerts(sas: &Sas, query: &Query, pass: &Pass) -> Result<Listed, Unavailable> {
    let questions =
        |known: &Answers<Page, SuspEvents>| pages(query, |first| known.get(first).map(AsRef::as_ref));
    let read = |page: Page| async move { sas.read(&page.request(), page.centre).await };
    let known = sas.alert_pages().collect(pass, questions, read).await?;
    let ordered = pages(query, |first| known.get(first).map(AsRef::as_ref));
    let answers = ordered.iter().filter_map(|page| known.get(page));
    Ok(query.gathered(answers.map(AsRef::as_ref)))
}

/// The pages to read: the first one, and as many more as its answer tells.
pub fn pages<'a>(query: &Query, known: impl Fn(&Page) -> Option<&'a SuspEvents>) -> Vec<Page> {
    let first = Page::first(query);
    let total = known(&first).map_or(0, total);
    let last = total.div_ceil(PAGE).clamp(1, MAX_PAGES);
    let page = |number| Page {
        number,
        ..first.clone()
    };
    (1..=last).map(page).collect()
}

/// How many alerts the cloud says that there are.
fn total(answer: &SuspEvents) -> usize {
    let said = answer.total_count.and_then(|total| usize::try_from(total).ok());
    said.unwrap_or(0).max(answer.susp_events.len())
}

impl Query {
    /// The time before which nothing matches.
    fn not_before(&self) -> Option<Timestamp> {
        let within = self.selector.since_seconds;
        let moving = within.and_then(|seconds| self.now.checked_sub(SignedDuration::from_secs(seconds)).ok());
        self.selector.since.as_ref().map(|since| since.0).or(moving)
    }

    /// The alerts of these pages that match, each once.
    pub fn gathered<'a>(&self, pages: impl Iterator<Item = &'a SuspEvents>) -> Listed {
        let mut seen = HashSet::new();
        let mut listed = Listed::default();
        let mut announced = 0;
        for page in pages {
            announced = announced.max(total(page));
            let rows = page.susp_events.iter().filter_map(Alert::from_row);
            // An alert that moved to a later page while the pages were read comes twice.
            for alert in rows.filter(|alert| seen.insert(alert.id)) {
                if self.matches(&alert) {
                    listed.alerts.push(alert);
                } else if listed.other_types.len() < OTHER_TYPES {
                    listed.other_types.insert(alert.type_name);
                }
            }
        }
        listed.unread = announced.saturating_sub(seen.len());
        listed
    }

    /// Whether an alert fits every field that is set.
    pub fn matches(&self, alert: &Alert) -> bool {
        let selector = &self.selector;
        let any = |wanted: &[String], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|one| fits(one))
        };
        let open = match self.state {
            AlertState::Any => true,
            // A code that nobody knows is as open or closed as the cloud's filter says.
            AlertState::Open => alert.status.is_open() != Some(false),
            AlertState::Handled => alert.status.is_open() != Some(true),
        };
        let levels = &selector.levels;
        open && (levels.is_empty() || levels.iter().any(|level| level.as_str() == alert.level))
            && any(&selector.types, &|name| {
                same_word(&alert.type_name, name) || same_word(&alert.type_code, name)
            })
            && any(&selector.names, &|pattern| {
                fits(&pattern.to_lowercase(), &alert.name.to_lowercase())
            })
            && any(&selector.uuids, &|uuid| alert.uuid == uuid)
            && self
                .not_before()
                .is_none_or(|since| alert.last.is_some_and(|last| last >= since))
    }
}

impl Page {
    /// Where the alerts are.
    pub fn centre(&self) -> DataCentre {
        self.centre
    }

    fn first(query: &Query) -> Self {
        let selector = &query.selector;
        Self {
            centre: query.centre,
            levels: selector.levels.clone(),
            uuids: selector.uuids.clone(),
            not_before: query.not_before().and_then(stepped),
            state: query.state,
            language: query.language,
            number: 1,
        }
    }

    /// Types and names are not told to the cloud: it takes types in the words of a language that is not
    /// always the one of its answers, and has no filter for parts of names.
    pub fn request(&self) -> DescribeSuspEvents {
        let dealed = match self.state {
            AlertState::Open => Some("N"),
            AlertState::Handled => Some("Y"),
            AlertState::Any => None,
        };
        DescribeSuspEvents {
            from: Some("sas".to_owned()),
            dealed: dealed.map(str::to_owned),
            levels: list(self.levels.iter().map(|level| level.as_str())),
            uuids: list(&self.uuids),
            time_start: self.not_before.map(in_china),
            lang: Some(self.language.as_str().to_owned()),
            current_page: i64::try_from(self.number).ok(),
            page_size: i64::try_from(PAGE).ok(),
            ..Default::default()
        }
    }
}

/// Whether two words are the same but for upper and lower case.
fn same_word(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// A filter of the cloud. A text with a comma in it cannot be told to the cloud, and no server has such an
/// id: then the list is narrowed here alone.
fn list(items: impl IntoIterator<Item = impl Into<String>>) -> CommaList {
    CommaList::new(items).unwrap_or_default()
}

/// The last full step before a time.
fn stepped(time: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(time.as_second().div_euclid(STEP_SECONDS) * STEP_SECONDS).ok()
}

/// The cloud takes times as text, in the local time of China and without a zone.
fn in_china(time: Timestamp) -> String {
    let china = TimeZone::fixed(Offset::constant(8));
    time.to_zoned(china).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests;
