//! `kubectl sas approve`: shows plans, asks, looks again, and approves exactly what was shown.

use anyhow::{Result, anyhow, bail};
use jiff::{Span, Timestamp, Unit, Zoned};

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::decision::{self, Decision};
use crate::object::Object;
use crate::output::{ERROR, GOOD, Page, Table, WARNING, cell, risk};
use crate::select::Selection;
use crate::{ask, failure, judge, show};

/// Flags of `approve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Why; needed for plans of risk R4.
    #[arg(long, short = 'm', value_name = "TEXT", value_parser = decision::comment)]
    comment: Option<String>,
    /// How long the approval may be used: an RFC 3339 time, or a duration such as `4h`.
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// Do not ask: approve if the plan has this full hash. Once for each object.
    #[arg(long, value_name = "HASH")]
    yes: Vec<String>,
    /// Let the API server judge, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Approves. With several objects, nothing is written unless all of them can be approved as they stand;
/// what the API server then refuses stops no other.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let now = Timestamp::now();
    let not_after = args.not_after.as_deref().map(|text| end(text, now)).transpose()?;
    let selected = cluster.select(&args.selection, &write_kinds()).await?;
    let objects = to_decide(selected, args, now)?;
    if objects.is_empty() {
        return Ok(Ended::Well);
    }
    let by = cluster.user().await?;
    check_hashes(&objects, &args.yes)?;
    show_all(&objects, &by, cluster, now).await?;
    if args.yes.is_empty() && !args.dry_run && !ask::yes(&question(&objects))? {
        bail!("nothing was approved");
    }
    let mut present = Vec::new();
    for object in &objects {
        let now = cluster.again(object).await?;
        unchanged(object, &now)?;
        present.push(now);
    }
    write(&present, &by, not_after.as_deref(), args, cluster).await
}

/// Writes the approvals one after the other.
async fn write(
    objects: &[Object],
    by: &str,
    not_after: Option<&str>,
    args: &Args,
    cluster: &Cluster,
) -> Result<Ended> {
    let mut refused = 0;
    for object in objects {
        let decision = Decision::Approve {
            hash: object.plan().map(|plan| plan.hash.clone()).unwrap_or_default(),
            by: by.to_owned(),
            comment: args.comment.clone(),
            not_after: not_after.map(str::to_owned),
        };
        let mut page = Page::default();
        match cluster.decide(object, &decision, args.dry_run).await {
            Ok(_) => {
                approved(&mut page, object, args.dry_run);
                page.print()?;
            }
            Err(error) => {
                refused += 1;
                let error = failure::of_api(&format!("approve {}", object.reference()), error);
                page.styled(ERROR, format!("{error:#}"));
                page.print_beside()?;
            }
        }
    }
    match refused {
        0 => Ok(Ended::Well),
        refused => Err(anyhow!("{refused} of {} approvals were refused", objects.len())),
    }
}

/// Those that can be approved. A selector passes over what does not wait; a name does not.
fn to_decide(selected: Vec<Object>, args: &Args, now: Timestamp) -> Result<Vec<Object>> {
    let by_labels = args.selection.selector.is_some();
    let (mut objects, mut page, mut obstacles) = (Vec::new(), Page::default(), Vec::new());
    for object in selected {
        if let Some(by) = judge::standing_approval(&object, now) {
            page.line(format!(
                "{} is approved already, by {by}; `kubectl sas revoke {}` takes that back",
                object.reference(),
                object.target()
            ));
        } else if by_labels && !object.is_pending() {
            page.styled(
                WARNING,
                format!("{} has no plan that waits; passed over", object.reference()),
            );
        } else {
            obstacles.extend(judge::obstacle(&object, args.comment.as_deref(), now));
            objects.push(object);
        }
    }
    page.print_beside()?;
    if !obstacles.is_empty() {
        bail!("{}", obstacles.join("; "));
    }
    Ok(objects)
}

/// Every hash that was said is that of one object's plan, and every object has its hash.
fn check_hashes(objects: &[Object], said: &[String]) -> Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    let hash = |object: &Object| object.plan().map(|plan| plan.hash.clone()).unwrap_or_default();
    if let Some(object) = objects.iter().find(|object| !said.contains(&hash(object))) {
        let (name, hash, target) = (object.reference(), hash(object), object.target());
        bail!(
            "--yes does not name the plan of {name}: it has the full hash {hash}; read it with `kubectl sas plan {target}`"
        );
    }
    if let Some(other) = said
        .iter()
        .find(|said| objects.iter().all(|object| hash(object) != **said))
    {
        bail!("--yes names {other}, which no object has; read the plans again");
    }
    Ok(())
}

/// Shows everything, on standard error: it belongs to the question and not to the output.
async fn show_all(objects: &[Object], by: &str, cluster: &Cluster, now: Timestamp) -> Result<()> {
    let mut page = Page::default();
    for object in objects {
        let Some(published) = object.plan() else { continue };
        let full = cluster.full_plan(&object.namespace(), published).await?;
        show::plan::add(&mut page, object, published, &full, now);
        page.gap();
    }
    if objects.len() > 1 {
        page.table(&together(objects));
        page.gap();
    }
    page.line(format!("You decide as {by}."));
    page.print_beside()
}

fn together(objects: &[Object]) -> Table {
    let mut table = Table::new(&["NAMESPACE", "NAME", "RISK", "TARGETS", "COST", "SUMMARY"]);
    for object in objects {
        let Some(plan) = object.plan() else { continue };
        table.rows.push(vec![
            cell(object.namespace()),
            cell(object.reference()),
            risk(plan.plan.risk),
            cell(plan.target_count),
            cell(show::cost(&plan.plan)),
            cell(&plan.plan.summary),
        ]);
    }
    table
}

fn question(objects: &[Object]) -> String {
    match objects {
        [one] => format!("Approve exactly this plan for {}?", one.reference()),
        all => format!("Approve exactly these {} plans?", all.len()),
    }
}

/// What was shown is what is there now, in every word, and nobody has decided meanwhile.
fn unchanged(shown: &Object, now: &Object) -> Result<()> {
    let (name, target) = (shown.reference(), shown.target());
    if shown.plan() != now.plan() || shown.raw.metadata.generation != now.raw.metadata.generation {
        bail!(
            "the plan for {name} changed while you read it, and nothing was approved; read the new one with `kubectl sas plan {target}`"
        )
    }
    if !decision::is_same(shown, now) {
        bail!(
            "somebody decided about {name} while you read its plan, and nothing was approved; `kubectl sas plan {target}` says who"
        )
    }
    Ok(())
}

fn approved(page: &mut Page, object: &Object, dry_run: bool) {
    let name = object.reference();
    if dry_run {
        page.styled(GOOD, format!("{name} would be approved (dry run)"));
    } else {
        page.styled(GOOD, format!("{name} approved"));
        page.line(format!(
            "  `kubectl sas wait --for done {}` waits for the end",
            object.target()
        ));
    }
}

/// The end of an approval as the API server wants to read it: whole seconds, RFC 3339.
fn end(text: &str, now: Timestamp) -> Result<String> {
    let moment = match (text.parse::<Timestamp>(), text.parse::<Span>()) {
        (Ok(moment), _) => moment,
        (_, Ok(span)) => now
            .to_zoned(jiff::tz::TimeZone::UTC)
            .checked_add(span)
            .map(|z: Zoned| z.timestamp())?,
        _ => bail!("--not-after {text} is neither a time like 2026-12-31T18:00:00Z nor a duration like 4h"),
    };
    if moment <= now {
        bail!("--not-after {text} is over already: say a time to come");
    }
    Ok(moment.round(Unit::Second).unwrap_or(moment).to_string())
}

#[cfg(test)]
mod tests {
    use sas_api::annotations;

    use super::*;
    use crate::object::tests::{NOW, binding};

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    #[test]
    fn an_end_is_a_time_or_a_duration() {
        assert_eq!(end("4h", now()).unwrap(), "2026-11-21T14:00:00Z");
        assert_eq!(end("2d", now()).unwrap(), "2026-11-23T10:00:00Z");
        assert_eq!(
            end("2026-12-31T18:00:00+08:00", now()).unwrap(),
            "2026-12-31T10:00:00Z"
        );
        for wrong in ["2026-11-21T10:00:00Z", "-1h", "tomorrow", ""] {
            assert!(end(wrong, now()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_full_hashes_of_these_objects_count() {
        let object = binding();
        let hash = object.plan().unwrap().hash.clone();
        let check = |said: &[&str]| {
            let said: Vec<String> = said.iter().map(|text| (*text).to_owned()).collect();
            check_hashes(std::slice::from_ref(&object), &said).map_err(|error| error.to_string())
        };
        assert!(check(&[]).is_ok() && check(&[&hash]).is_ok());
        for wrong in [&hash[..20], "true", "auto", &hash.to_uppercase()] {
            assert!(check(&[wrong]).unwrap_err().contains(&hash), "{wrong}");
        }
        assert!(check(&[&hash, "sha256:0"]).unwrap_err().contains("no object has"));
    }

    #[test]
    fn whatever_changed_meanwhile_was_not_shown() {
        let shown = binding();
        assert!(unchanged(&shown, &shown).is_ok());
        let changes: [fn(&mut Object); 5] = [
            |object| object.gate.plan.as_mut().unwrap().hash.push('0'),
            |object| object.gate.plan.as_mut().unwrap().plan.warnings.clear(),
            |object| object.gate.plan = None,
            |object| object.raw.metadata.generation = Some(3),
            |object| {
                let rejected = (annotations::REJECTED_PLAN.to_owned(), "sha256:a".to_owned());
                object
                    .raw
                    .metadata
                    .annotations
                    .get_or_insert_default()
                    .extend([rejected]);
            },
        ];
        for change in changes {
            let mut now = binding();
            change(&mut now);
            assert!(unchanged(&shown, &now).is_err());
        }
    }

    #[test]
    fn several_plans_are_listed_together() {
        let mut page = Page::default();
        page.table(&together(&[binding(), crate::object::tests::hostile()]));
        insta::assert_snapshot!(page.plain());
    }
}
