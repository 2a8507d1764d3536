//! DescribeSecurityEventOperations: what may be done about one alert, with the whitelist rules
//! there are for its like and the fields that new ones may look at. An alert that is handled
//! already is as unknown as one that never was.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{self, Seen, later, no_such_alert};
use crate::gateway::Refusal;
use crate::world::{DataCentre, EventStatus, MatchType};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeSecurityEventOperations", run);

/// For how long an address is suggested to be blocked.
const SUGGESTED_BLOCK_SECONDS: i64 = 7 * 24 * 3600;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    security_event_operations_response: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    operation_code: String,
    user_can_operate: bool,
    operation_params: String,
    mark_field: Vec<Rule>,
    mark_fields_source: Vec<Field>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    #[serde(flatten)]
    field: Field,
    mark_mis_type: MatchType,
    uuid: String,
}

/// The vendor spells them like this.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Field {
    filed_name: String,
    filed_alias_name: String,
    mark_mis_value: String,
    supported_mis_type: Vec<MatchType>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (centre, now) = (&*call.centre, call.now);
    let id = call.parameters.number("SecurityEventId")?;
    let id = id.ok_or_else(|| Refusal::missing("SecurityEventId"))?;
    let seen = alerts::find(centre, id, now)
        .filter(|seen| seen.status != EventStatus::DELETED)
        .filter(|seen| !seen.status.is_dealt_with() || centre.settings.alerts.operations_of_handled)
        .ok_or_else(no_such_alert)?;
    let rows = alerts::offered(centre, &seen, now).into_iter();
    let rows = rows.map(|(code, may_use)| row(centre, &seen, code, may_use, now));
    Ok(Outcome::unchanged(&Response {
        security_event_operations_response: rows.collect(),
    }))
}

fn row(
    centre: &DataCentre,
    seen: &Seen<'_>,
    operation_code: String,
    user_can_operate: bool,
    now: Timestamp,
) -> Row {
    let marks = operation_code == "advance_mark_mis_info";
    Row {
        operation_params: match operation_code.as_str() {
            "block_ip" => {
                let expiry = later(now, SUGGESTED_BLOCK_SECONDS).as_millisecond();
                format!(r#"{{"expireTime":{expiry}}}"#)
            }
            "kill_and_quara" => r#"{"subOperation":"killAndQuaraFileByMd5andPath"}"#.to_owned(),
            "virus_quara" | "virus_quara_bin" => r#"{"subOperation":"quaraFileByMd5andPath"}"#.to_owned(),
            _ => "{}".to_owned(),
        },
        operation_code,
        user_can_operate,
        mark_field: if marks {
            existing(centre, seen, now)
        } else {
            Vec::new()
        },
        mark_fields_source: if marks { possible(seen) } else { Vec::new() },
    }
}

fn existing(centre: &DataCentre, seen: &Seen<'_>, now: Timestamp) -> Vec<Rule> {
    let own = seen.alert.mark_fields();
    let rules = alerts::rules_for(centre, seen.alert, now);
    rules
        .map(|(_, rule)| Rule {
            field: Field {
                filed_name: rule.field.clone(),
                filed_alias_name: rule.alias.clone(),
                mark_mis_value: rule.value.clone(),
                supported_mis_type: MatchType::supported(
                    own.get(&rule.field).map_or("", |field| &field.value),
                ),
            },
            mark_mis_type: rule.operate,
            uuid: rule.uuid.clone().unwrap_or_else(|| "ALL".to_owned()),
        })
        .collect()
}

fn possible(seen: &Seen<'_>) -> Vec<Field> {
    let fields = seen.alert.mark_fields().into_iter();
    fields
        .map(|(filed_name, field)| Field {
            filed_name,
            filed_alias_name: field.alias,
            supported_mis_type: MatchType::supported(&field.value),
            mark_mis_value: field.value,
        })
        .collect()
}
