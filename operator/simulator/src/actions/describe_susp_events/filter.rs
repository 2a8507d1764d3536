//! The filters of DescribeSuspEvents; all that are given must fit. `DetectSource`, which is documented as
//! without effect, has none.

use jiff::Timestamp;

use crate::action::Call;
use crate::alerts::{Seen, localised, matches_server, offered, unique_info};
use crate::container_field::{Sought, Target};
use crate::gateway::Refusal;
use crate::local_time;
use crate::parameters::Parameters;
use crate::world::{EventStatus, Handling, Level};

/// What a request wants to see.
pub struct Filter<'a> {
    parameters: &'a Parameters,
    id: Option<i64>,
    group: Option<i64>,
    status: Option<EventStatus>,
    dealt_with: Option<bool>,
    levels: Option<Vec<Level>>,
    last_seen: Range,
    operated: Range,
    error_codes: Vec<&'a str>,
    operations: Vec<&'a str>,
    machine_types: Vec<&'a str>,
    strict: Option<bool>,
    target: Target,
    container: Sought<'a>,
}

/// From and to, both included.
type Range = (Option<Timestamp>, Option<Timestamp>);

impl<'a> Filter<'a> {
    /// Reads the filters of a request.
    pub fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let status = parameters.number("Status")?.filter(|status| *status != 0);
        Ok(Self {
            parameters,
            id: parameters.number("Id")?,
            group: parameters.number("GroupId")?,
            status: status.map(EventStatus),
            dealt_with: yes_or_no(parameters, "Dealed")?,
            levels: levels(parameters)?,
            last_seen: (time(parameters, "TimeStart")?, time(parameters, "TimeEnd")?),
            operated: (
                time(parameters, "OperateTimeStart")?,
                time(parameters, "OperateTimeEnd")?,
            ),
            error_codes: parameters.list("OperateErrorCodeList")?,
            operations: parameters.list("SupportOperateCodeList")?,
            machine_types: parameters.list("AssetsTypeList")?,
            strict: yes_or_no(parameters, "StrictMode")?,
            target: Target::read(parameters, &["containerId", "uuid", "imageUuid"])?,
            container: Sought::read(parameters)?,
        })
    }

    /// Whether an alert is to be seen.
    pub fn fits(&self, seen: &Seen<'_>, call: &Call<'_>) -> bool {
        let alert = seen.alert;
        let by_status = match self.status {
            Some(status) => seen.status == status,
            None => seen.status != EventStatus::DELETED,
        };
        let dealt_with = self.dealt_with;
        let levels = self.levels.as_ref();
        by_status
            && dealt_with.is_none_or(|dealt_with| dealt_with == seen.status.is_dealt_with())
            && self.id.is_none_or(|id| id == seen.id)
            && levels.is_none_or(|levels| levels.contains(&alert.level))
            && within(self.last_seen, Some(alert.seen_at()))
            && self.fits_texts(seen, call)
            && self.fits_server(seen, call)
            && self.strict.is_none_or(|strict| strict == alert.strict_mode)
            && self.fits_container(seen, call)
            && self.fits_handling(seen, call)
    }

    fn fits_texts(&self, seen: &Seen<'_>, call: &Call<'_>) -> bool {
        let alert = seen.alert;
        let kinds = [alert.kind.as_str(), localised(&alert.kind, None)];
        let unique = unique_info(seen.id);
        self.lists("UniqueInfo", &unique)
            && self.lists("AlarmUniqueInfo", &unique)
            && self.lists("EventNames", &alert.event_name)
            && self
                .parameters
                .text("TacticId")
                .is_none_or(|tactic| alert.tactics.contains_key(tactic))
            && self.lists("SourceAliUids", call.account_id)
            && kinds.iter().any(|kind| self.lists("ParentEventTypes", kind))
    }

    fn fits_server(&self, seen: &Seen<'_>, call: &Call<'_>) -> bool {
        let alert = seen.alert;
        let server = call.centre.assets.get(&alert.uuid);
        let text = |name| self.parameters.text(name);
        let has = |fits: &dyn Fn(&crate::world::Asset) -> bool| server.is_some_and(fits);
        self.lists("Uuids", &alert.uuid)
            && text("Name").is_none_or(|name| has(&|server| server.instance_name.contains(name)))
            && text("Remark").is_none_or(|remark| {
                alert.title.contains(remark) || has(&|server| matches_server(server, remark))
            })
            && text("ClusterId").is_none_or(|cluster| has(&|server| server.cluster_id == cluster))
            && self
                .group
                .is_none_or(|group| has(&|server| server.group_id == group))
            && (self.machine_types.is_empty()
                || has(&|server| self.machine_types.contains(&server.machine_type.as_str())))
    }

    fn fits_container(&self, seen: &Seen<'_>, call: &Call<'_>) -> bool {
        let container = seen.alert.container.as_ref();
        let server = call.centre.assets.get(&seen.alert.uuid);
        self.target.fits(container.is_some()) && self.container.fits(server, container)
    }

    fn fits_handling(&self, seen: &Seen<'_>, call: &Call<'_>) -> bool {
        let last = seen.alert.last_handling(call.now);
        let ended = last.map(|handling| handling.finished_at);
        let code = last.map(Handling::error_code).unwrap_or_default();
        within(self.operated, ended)
            && (self.error_codes.is_empty() || self.error_codes.contains(&code.as_str()))
            && (self.operations.is_empty() || {
                let offered = offered(call.centre, seen, call.now);
                self.operations.iter().any(|code| offered.contains_key(*code))
            })
    }

    /// Whether a comma-separated parameter names this, or is absent.
    fn lists(&self, name: &str, actual: &str) -> bool {
        let list = self.parameters.text(name);
        list.is_none_or(|list| list.split(',').any(|one| one.trim() == actual))
    }
}

fn within((from, to): Range, actual: Option<Timestamp>) -> bool {
    let after = from.is_none_or(|from| actual.is_some_and(|actual| actual >= from));
    after && to.is_none_or(|to| actual.is_some_and(|actual| actual <= to))
}

/// `Y` or `N`.
fn yes_or_no(parameters: &Parameters, name: &str) -> Result<Option<bool>, Refusal> {
    match parameters.text(name) {
        None => Ok(None),
        Some("Y") => Ok(Some(true)),
        Some("N") => Ok(Some(false)),
        Some(_) => Err(Refusal::invalid(name)),
    }
}

fn levels(parameters: &Parameters) -> Result<Option<Vec<Level>>, Refusal> {
    let Some(text) = parameters.text("Levels") else {
        return Ok(None);
    };
    let level = |name: &str| match name.trim() {
        "serious" => Ok(Level::Serious),
        "suspicious" => Ok(Level::Suspicious),
        "remind" => Ok(Level::Remind),
        _ => Err(Refusal::invalid("Levels")),
    };
    text.split(',').map(level).collect::<Result<_, _>>().map(Some)
}

/// A time as the console's text or in milliseconds.
fn time(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = parameters.text(name) else {
        return Ok(None);
    };
    let milliseconds = || Timestamp::from_millisecond(text.parse().ok()?).ok();
    let time = local_time::parse(text).or_else(milliseconds);
    time.map(Some).ok_or_else(|| Refusal::invalid(name))
}
