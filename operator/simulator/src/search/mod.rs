//! Search criteria for servers, the `Criteria` JSON that several actions take. Names are
//! case-sensitive; what one that nobody documents finds, the data centre's settings say. A search
//! that would look at every server is answered from an [`Index`] while nothing changes.

mod criterion;
mod index;
mod moments;
mod risks;
#[cfg(test)]
mod tests;
mod view;
mod wanted;
pub mod words;

use serde::Deserialize;

use crate::gateway::Refusal;
use crate::world::{Asset, Assets, DataCentre, UnknownCriteria};
use criterion::{Fits, Subject};
use wanted::Wanted;

pub use index::Index;
pub use view::View;

/// How two criteria are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Or,
    And,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Criterion {
    name: String,
    #[serde(default)]
    value: serde_json::Value,
    #[serde(default)]
    logical_exp: Option<String>,
}

/// A parsed search.
#[derive(Debug, Default)]
pub struct Search {
    terms: Vec<Term>,
}

#[derive(Debug)]
struct Term {
    shortcut: Option<Shortcut>,
    fits: Fits,
    wanted: Wanted,
    joint: Joint,
}

/// What finds the servers of a criterion without looking at all of them.
#[derive(Debug, Clone, Copy)]
enum Shortcut {
    Uuid,
    InstanceId,
}

impl Search {
    /// Reads `Criteria` and `LogicalExp`; no criteria match everything.
    pub fn parse(
        criteria: Option<&str>,
        logical_exp: Option<&str>,
        centre: &DataCentre,
    ) -> Result<Self, Refusal> {
        let default = joint(logical_exp)?.unwrap_or(Joint::Or);
        let Some(criteria) = criteria else {
            return Ok(Self::default());
        };
        let criteria: Vec<Criterion> =
            serde_json::from_str(criteria).map_err(|_| Refusal::invalid("Criteria"))?;
        let mut terms = Vec::new();
        for criterion in criteria {
            let fits = match (criterion::fits(&criterion.name), centre.settings.unknown_criteria) {
                (Some(fits), _) => fits,
                (None, UnknownCriteria::FitNothing) => criterion::NO_SERVER,
                (None, UnknownCriteria::Ignored) => continue,
                (None, UnknownCriteria::Refused) => return Err(Refusal::invalid("Criteria")),
            };
            terms.push(Term {
                shortcut: match criterion.name.as_str() {
                    "uuid" | "uuidList" => Some(Shortcut::Uuid),
                    "instanceId" => Some(Shortcut::InstanceId),
                    _ => None,
                },
                fits,
                wanted: match criterion.value {
                    serde_json::Value::String(text) => text.into(),
                    other => other.to_string().into(),
                },
                joint: joint(criterion.logical_exp.as_deref())?.unwrap_or(default),
            });
        }
        Ok(Self { terms })
    }

    /// Whether a server fits, from the first criterion to the last without precedence.
    pub fn matches(&self, uuid: &str, asset: &Asset, view: &View<'_>) -> bool {
        let Some((first, rest)) = self.terms.split_first() else {
            return true;
        };
        let subject = Subject { uuid, asset, view };
        let fits = |term: &Term| (term.fits)(subject, &term.wanted);
        rest.iter().fold(fits(first), |so_far, term| match term.joint {
            Joint::Or => so_far || fits(term),
            Joint::And => so_far && fits(term),
        })
    }

    /// Whether every server fits.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The listed servers that fit, by a look at all of them.
    pub fn among_all<'a>(&self, view: &View<'a>) -> impl Iterator<Item = (&'a String, &'a Asset)> {
        let listed = view.centre.listed(view.now);
        listed.filter(|(uuid, asset)| self.matches(uuid, asset, view))
    }

    /// The uuids that alone can fit, in their order and without repetition, where the criteria
    /// allow to tell; spares looking at all servers.
    pub fn candidates<'a>(&'a self, assets: &'a Assets) -> Option<Vec<&'a str>> {
        let narrowing = self.terms.iter().skip(1).all(|term| term.joint == Joint::And);
        let sources: Vec<&Term> = if narrowing {
            self.terms
                .iter()
                .filter(|term| term.shortcut.is_some())
                .take(1)
                .collect()
        } else if self.terms.iter().all(|term| term.shortcut.is_some()) {
            self.terms.iter().collect()
        } else {
            Vec::new()
        };
        let mut found = Vec::new();
        for term in &sources {
            match term.shortcut {
                Some(Shortcut::InstanceId) => {
                    let uuids = assets.with_instance_id(term.wanted.text());
                    found.extend(uuids.iter().map(String::as_str));
                }
                _ => found.extend(term.wanted.parts().iter().map(String::as_str)),
            }
        }
        found.sort_unstable();
        found.dedup();
        (!sources.is_empty()).then_some(found)
    }
}

fn joint(text: Option<&str>) -> Result<Option<Joint>, Refusal> {
    match text {
        None | Some("") => Ok(None),
        Some("OR") => Ok(Some(Joint::Or)),
        Some("AND") => Ok(Some(Joint::And)),
        Some(_) => Err(Refusal::invalid("LogicalExp")),
    }
}
