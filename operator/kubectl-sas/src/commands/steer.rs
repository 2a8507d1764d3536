//! `kubectl sas pause`, `resume`, `retry` and `replan`: annotations that hold the operator or ask it for a
//! new plan. They decide nothing about a plan and leave every decision as it is.

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
}

/// Writes the annotation.
pub async fn run(args: &Args, wish: Wish, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    for object in &objects {
        let mut page = Page::default();
        match said(object, wish, Timestamp::now()) {
            Err(why) => page.line(format!("{}: {why}", object.reference())),
            Ok((key, value, done)) => {
                cluster.steer(object, key, value).await?;
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{NOW, binding};

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
}
