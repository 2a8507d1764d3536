//! One alert as DescribeSuspEvents shows it.

use serde::Serialize;

use crate::action::Call;
use crate::alerts::{self, Seen, localised, unique_info};
use crate::local_time;
use crate::world::{EventStatus, Handling, Level};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Row<'a> {
    id: i64,
    security_event_ids: String,
    unique_info: String,
    alarm_unique_info: String,
    name: String,
    alarm_event_name: &'a str,
    alarm_event_name_display: &'a str,
    alarm_event_type: &'a str,
    alarm_event_type_display: &'a str,
    event_sub_type: &'a str,
    desc: &'a str,
    level: Level,
    event_status: EventStatus,
    can_be_deal_on_line: bool,
    can_cancel_fault: bool,
    data_source: &'static str,
    sale_version: &'static str,
    occurrence_time: String,
    occurrence_time_stamp: i64,
    last_time: String,
    last_time_stamp: i64,
    #[serde(flatten)]
    handled: Option<Handled<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark_mis_rules: Option<String>,
    event_notes: Vec<Note<'a>>,
    details: Vec<Detail>,
    tactic_items: Vec<Tactic<'a>>,
    mark_list: [(); 0],
    source_ali_uid: i64,
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    #[serde(flatten)]
    container: Option<Container<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tactic<'a> {
    tactic_id: &'a str,
    tactic_display_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Handled<'a> {
    operate_time: i64,
    operate_error_code: String,
    operate_msg: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Note<'a> {
    note_id: i64,
    note: &'a str,
    note_time: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail {
    #[serde(rename = "Type")]
    kind: &'static str,
    name_display: String,
    value: String,
    value_display: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Container<'a> {
    container_id: &'a str,
    container_image_name: &'a str,
    app_name: &'a str,
    #[serde(rename = "K8sNamespace")]
    k8s_namespace: &'a str,
    #[serde(rename = "K8sPodName")]
    k8s_pod_name: &'a str,
    #[serde(rename = "K8sClusterId")]
    k8s_cluster_id: &'a str,
    #[serde(rename = "K8sClusterName")]
    k8s_cluster_name: &'a str,
    #[serde(rename = "K8sNodeId")]
    k8s_node_id: &'a str,
    #[serde(rename = "K8sNodeName")]
    k8s_node_name: &'a str,
    /// The vendor writes this one small.
    #[serde(rename = "clusterId")]
    cluster_id: &'a str,
}

impl<'a> Row<'a> {
    pub fn new(seen: Seen<'a>, call: &'a Call<'_>, language: Option<&str>) -> Self {
        let (id, alert, now) = (seen.id, seen.alert, call.now);
        let server = call.centre.assets.get(&alert.uuid);
        let text = |value: Option<&'a String>| value.map_or("", String::as_str);
        let kind = localised(&alert.kind, language);
        let last = alert.last_handling(now);
        Self {
            id,
            security_event_ids: id.to_string(),
            unique_info: unique_info(id),
            alarm_unique_info: unique_info(id),
            name: format!("{kind}-{}", alert.title),
            alarm_event_name: &alert.event_name,
            alarm_event_name_display: &alert.title,
            alarm_event_type: kind,
            alarm_event_type_display: kind,
            event_sub_type: &alert.event_name,
            desc: &alert.description,
            level: alert.level,
            event_status: seen.status,
            can_be_deal_on_line: alert.source_ip.is_some() || alert.file.is_some() || alert.process.is_some(),
            can_cancel_fault: seen.status == EventStatus::FALSE_POSITIVE,
            data_source: "aegis_suspicious_event",
            sale_version: "1",
            occurrence_time: local_time::text(alert.raised_at),
            occurrence_time_stamp: alert.raised_at.as_millisecond(),
            last_time: local_time::text(alert.seen_at()),
            last_time_stamp: alert.seen_at().as_millisecond(),
            handled: last.map(handled),
            mark_mis_rules: mark_mis_rules(seen, call),
            event_notes: notes(seen, call),
            details: details(seen),
            tactic_items: alert
                .tactics
                .iter()
                .map(|(tactic_id, tactic_display_name)| Tactic {
                    tactic_id,
                    tactic_display_name,
                })
                .collect(),
            mark_list: [],
            source_ali_uid: call.account_id.parse().unwrap_or_default(),
            uuid: &alert.uuid,
            instance_id: text(server.map(|server| &server.instance_id)),
            instance_name: text(server.map(|server| &server.instance_name)),
            internet_ip: text(server.map(|server| &server.internet_ip)),
            intranet_ip: text(server.map(|server| &server.intranet_ip)),
            container: alert.container.as_ref().map(|container| Container {
                container_id: &container.id,
                container_image_name: &container.image_name,
                app_name: &container.app_name,
                k8s_namespace: &container.namespace,
                k8s_pod_name: &container.pod_name,
                k8s_cluster_id: text(server.map(|server| &server.cluster_id)),
                k8s_cluster_name: text(server.map(|server| &server.cluster_name)),
                k8s_node_id: text(server.map(|server| &server.instance_id)),
                k8s_node_name: text(server.map(|server| &server.instance_name)),
                cluster_id: text(server.map(|server| &server.cluster_id)),
            }),
        }
    }
}

fn handled(handling: &Handling) -> Handled<'_> {
    Handled {
        operate_time: handling.finished_at.as_millisecond(),
        operate_error_code: handling.error_code(),
        operate_msg: if handling.succeeded() {
            "success"
        } else {
            &handling.result
        },
    }
}

/// The rules of an alert that a whitelist settled, as the console's HTML.
fn mark_mis_rules(seen: Seen<'_>, call: &Call<'_>) -> Option<String> {
    if seen.status != EventStatus::FALSE_POSITIVE {
        return None;
    }
    let rules = alerts::rules_for(call.centre, seen.alert, call.now);
    let lines = (1..).zip(rules).map(|(number, (_, rule))| {
        let operate = serde_json::to_value(rule.operate).unwrap_or_default();
        let operate = operate.as_str().unwrap_or_default().to_owned();
        let gap = "&nbsp&nbsp";
        format!(
            "<strong>{number}.</strong>{gap}{}{gap}{operate}{gap}{}{gap}",
            rule.field, rule.value
        )
    });
    let text: String = lines.collect();
    (!text.is_empty()).then_some(text)
}

fn notes<'a>(seen: Seen<'a>, call: &Call<'_>) -> Vec<Note<'a>> {
    let handlings = seen.alert.handlings.iter();
    handlings
        .filter(|(_, handling)| !handling.remark.is_empty() && handling.started_at <= call.now)
        .map(|(task, handling)| Note {
            note_id: *task,
            note: &handling.remark,
            note_time: local_time::text(handling.started_at),
        })
        .collect()
}

fn details(seen: Seen<'_>) -> Vec<Detail> {
    let fields = seen.alert.mark_fields().into_values();
    fields
        .map(|field| Detail {
            kind: "text",
            name_display: field.alias,
            value_display: field.value.clone(),
            value: field.value,
        })
        .collect()
}
