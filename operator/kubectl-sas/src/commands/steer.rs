//! `kubectl sas pause`, `resume`, `retry`, `replan` and `cancel`: annotations that hold the operator or ask it
//! for a new plan. They decide nothing about a plan and leave every decision as it is.

use anyhow::Result;
use jiff::Timestamp;
use sas_api::annotations;
use sas_api::status::Phase;
use serde_json::{Value, json};

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::object::Object;
use crate::output::{GOOD, Page};
use crate::select::Selection;

/// Flags of each of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
}

/// What is wanted of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Write nothing.
    Pause,
    /// Go on.
    Resume,
    /// Make a new attempt after a failure, with a plan and an approval of its own.
    Retry,
    /// Make the waiting plan anew.
    Replan,
    /// Plan the stop of what runs.
    Cancel,
}

/// Writes the annotation.
pub async fn run(args: &Args, wish: Wish, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    for object in &objects {
        let mut page = Page::default();
        match said(object, wish, Timestamp::now()) {
            Err(why) => page.line(format!("{}: {why}", object.reference())),
            Ok((key, value, done)) => {
                let mut annotations = json!({key: value});
                if wish == Wish::Cancel {
                    claim(object, &cluster.user().await?, &mut annotations);
                }
                cluster.steer(object, &annotations).await?;
                page.styled(GOOD, format!("{} {done}", object.reference()));
            }
        }
        page.print()?;
    }
    Ok(Ended::Well)
}

/// The annotation, its value and what to tell; or why the wish has no use here.
fn said(
    object: &Object,
    wish: Wish,
    now: Timestamp,
) -> Result<(&'static str, Value, &'static str), &'static str> {
    let paused = object.annotation(annotations::PAUSED).is_some();
    let phase = object.common.phase;
    match wish {
        Wish::Pause if paused => Err("paused already"),
        Wish::Pause => Ok((
            annotations::PAUSED,
            json!("true"),
            "paused: nothing is written until `kubectl sas resume`",
        )),
        Wish::Resume if !paused => Err("not paused"),
        Wish::Resume => Ok((annotations::PAUSED, Value::Null, "resumed")),
        Wish::Retry if phase == Some(Phase::OutcomeUnknown) => Err(
            "a retry does not lead past an unknown outcome: look at the cloud's console first; `kubectl sas status` says more",
        ),
        Wish::Retry if phase != Some(Phase::Failed) => {
            Err("nothing has failed; `kubectl sas replan` asks for a new plan")
        }
        Wish::Retry => Ok((
            annotations::RETRY,
            json!(now.to_string()),
            "will be planned again; the new plan needs its own approval",
        )),
        Wish::Replan => Ok((
            annotations::REPLAN,
            json!(now.to_string()),
            "will be planned anew; the new plan needs its own approval",
        )),
        Wish::Cancel if object.kind.kind != "SasScanJob" => {
            Err("only what a SasScanJob began can be stopped; `kubectl sas pause` holds further writes")
        }
        Wish::Cancel if phase == Some(Phase::OutcomeUnknown) => {
            Err("nobody knows what became of it; look at the cloud's console first")
        }
        Wish::Cancel if !runs(object) => {
            Err("nothing runs that could be stopped; `kubectl sas reject` refuses a plan that waits")
        }
        Wish::Cancel => Ok((
            annotations::CANCEL,
            json!(now.to_string()),
            "will be stopped if the cloud can; the plan for that needs its own approval",
        )),
    }
}

/// Names the user among the writers: whoever asks for a stop does not approve it. Where the API server writes
/// these itself, its own words count.
fn claim(object: &Object, user: &str, annotations: &mut Value) {
    let generation = object.raw.metadata.generation.unwrap_or_default();
    let said = object.annotation(annotations::REQUESTED_GENERATION) == Some(&generation.to_string());
    let earlier = object.annotation(annotations::REQUESTED_BY).filter(|_| said);
    let me = annotations::listed(user);
    let executed = object.gate.executed_generation == Some(generation);
    let writers = match earlier.unwrap_or("?") {
        _ if executed => me,
        earlier if earlier.split(',').any(|writer| writer == me) => earlier.to_owned(),
        earlier => format!("{earlier},{me}"),
    };
    annotations[annotations::REQUESTED_BY] = json!(writers);
    annotations[annotations::REQUESTED_GENERATION] = json!(generation.to_string());
}

/// Whether something was begun and has not ended.
fn runs(object: &Object) -> bool {
    let begun = object.gate.execution.as_ref();
    object.gate.running.is_some() || begun.is_some_and(|execution| execution.outcome.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{NOW, binding, executed};

    fn wished(object: &Object, wish: Wish) -> Result<(&'static str, Value), &'static str> {
        said(object, wish, NOW.parse().unwrap()).map(|(key, value, _)| (key, value))
    }

    #[test]
    fn a_wish_is_an_annotation_where_it_has_a_use() {
        let mut object = binding();
        assert_eq!(
            wished(&object, Wish::Pause),
            Ok((annotations::PAUSED, json!("true")))
        );
        assert_eq!(wished(&object, Wish::Resume), Err("not paused"));
        assert_eq!(
            wished(&object, Wish::Replan),
            Ok((annotations::REPLAN, json!(NOW)))
        );
        assert!(wished(&object, Wish::Retry).is_err());
        object.common.phase = Some(Phase::Failed);
        assert_eq!(wished(&object, Wish::Retry), Ok((annotations::RETRY, json!(NOW))));
        object.common.phase = Some(Phase::OutcomeUnknown);
        assert!(
            wished(&object, Wish::Retry)
                .unwrap_err()
                .contains("unknown outcome")
        );
        object.raw.metadata.annotations = Some([(annotations::PAUSED.to_owned(), "x".to_owned())].into());
        assert_eq!(wished(&object, Wish::Pause), Err("paused already"));
        assert_eq!(
            wished(&object, Wish::Resume),
            Ok((annotations::PAUSED, Value::Null))
        );
    }

    #[test]
    fn only_a_scan_that_runs_is_stopped() {
        let mut object = executed();
        let scans = sas_api::KINDS.iter().find(|kind| kind.kind == "SasScanJob");
        assert!(
            wished(&object, Wish::Cancel)
                .unwrap_err()
                .contains("only what a SasScanJob")
        );
        object.kind = scans.unwrap();
        assert!(
            wished(&object, Wish::Cancel)
                .unwrap_err()
                .contains("nothing runs")
        );
        object.gate.execution.as_mut().unwrap().outcome = None;
        assert_eq!(
            wished(&object, Wish::Cancel),
            Ok((annotations::CANCEL, json!(NOW)))
        );
        object.common.phase = Some(Phase::OutcomeUnknown);
        assert!(wished(&object, Wish::Cancel).unwrap_err().contains("console"));
    }

    #[test]
    fn whoever_asks_for_a_stop_is_one_of_the_writers() {
        let mut object = binding();
        let claimed = |object: &Object, user: &str| {
            let mut annotations = json!({});
            claim(object, user, &mut annotations);
            assert_eq!(annotations[annotations::REQUESTED_GENERATION], "2");
            annotations[annotations::REQUESTED_BY].clone()
        };
        object.raw.metadata.generation = Some(2);
        let said = object.raw.metadata.annotations.get_or_insert_default();
        said.insert(annotations::REQUESTED_BY.to_owned(), "developer".to_owned());
        said.insert(annotations::REQUESTED_GENERATION.to_owned(), "2".to_owned());
        assert_eq!(claimed(&object, "developer"), "developer");
        assert_eq!(claimed(&object, "a,b"), "developer,a%2Cb");
        let said = object.raw.metadata.annotations.get_or_insert_default();
        said.insert(annotations::REQUESTED_GENERATION.to_owned(), "1".to_owned());
        assert_eq!(claimed(&object, "carol"), "?,carol");
        object.gate.executed_generation = Some(2);
        assert_eq!(claimed(&object, "carol"), "carol");
    }
}
