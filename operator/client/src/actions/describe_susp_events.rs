//! `DescribeSuspEvents`: alerts, page by page, and the truth about whether one is handled.
//! Texts of time are local to UTC+8; the `...TimeStamp` fields are exact.

use crate::wire::CommaList;

action! {
    /// Which alerts, and which page of them.
    pub struct DescribeSuspEvents: Read<Sas> -> SuspEvents, body ["TacticId"] {
        /// Id of one alert.
        id: Option<i64>,
        /// Source product; `sas`.
        from: Option<String>,
        /// Upper case, unlike elsewhere: `Y` handled, `N` not.
        dealed: Option<String>,
        /// `serious`, `suspicious`, `remind`.
        levels: CommaList,
        /// States by number, such as 1 pending, 2 ignored, 8 false positive, 32 handled.
        status: CommaList,
        /// Types, in the words of the account's language.
        parent_event_types: Option<String>,
        /// Names of alerts, comma-joined.
        event_names: Option<String>,
        /// Part of a name.
        name: Option<String>,
        /// Key of one alert.
        unique_info: Option<String>,
        /// Key of the incident that alerts belong to.
        alarm_unique_info: Option<String>,
        /// Servers.
        uuids: CommaList,
        /// Group of servers.
        group_id: Option<i64>,
        /// Name or address of servers.
        remark: Option<String>,
        /// Kinds of asset.
        assets_type_list: Vec<String>,
        /// Cluster.
        cluster_id: Option<String>,
        /// Kind of target.
        target_type: Option<String>,
        /// Field of containers to search.
        container_field_name: Option<String>,
        /// What to find in it.
        container_field_value: Option<String>,
        /// Data source.
        source: Option<String>,
        /// What detected it.
        detect_source: Option<String>,
        /// Stage of an attack; this one travels in the body.
        tactic_id: Option<String>,
        /// Results of operations, such as `kill_and_quara.AgentOffline`.
        operate_error_code_list: Vec<String>,
        /// Operations that an alert must allow.
        support_operate_code_list: Vec<String>,
        /// Earliest occurrence: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        time_start: Option<String>,
        /// Latest occurrence: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        time_end: Option<String>,
        /// Earliest operation: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        operate_time_start: Option<String>,
        /// Latest operation: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        operate_time_end: Option<String>,
        /// Column to sort by, such as `lastTime`.
        sort_column: Option<String>,
        /// `asc` or `desc`.
        sort_type: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page, at most 100. Sources disagree about the default, so it is always sent.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct SuspEvents {
        /// The alerts of this page.
        susp_events: Vec<SuspEvent>,
        /// Rows on this page.
        count: Option<i64>,
        /// This page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// An alert.
    pub struct SuspEvent {
        /// Id.
        id: Option<i64>,
        /// Ids of the alerts that this row stands for, comma-joined.
        security_event_ids: Option<String>,
        /// Key of this alert.
        unique_info: Option<String>,
        /// Key of the incident that it belongs to.
        alarm_unique_info: Option<String>,
        /// Name.
        name: Option<String>,
        /// Name as the vendor codes it.
        alarm_event_name: Option<String>,
        /// Name as it is shown.
        alarm_event_name_display: Option<String>,
        /// Type as the vendor codes it.
        alarm_event_type: Option<String>,
        /// Type as it is shown.
        alarm_event_type_display: Option<String>,
        /// Kind within the type.
        event_sub_type: Option<String>,
        /// `serious`, `suspicious` or `remind`.
        level: Option<String>,
        /// 1 pending, 2 ignored, 4 confirmed, 8 false positive, 16 handling, 32 handled, 64 expired,
        /// 128 deleted, 512 blocking, 513 blocked, 604 false positive found by the system.
        event_status: Option<i64>,
        /// What happened.
        desc: Option<String>,
        /// Particulars.
        details: Vec<SuspEventDetail>,
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// First occurrence, in milliseconds since 1970.
        occurrence_time_stamp: Option<i64>,
        /// Last occurrence, in milliseconds since 1970.
        last_time_stamp: Option<i64>,
        /// When it was operated on last, in milliseconds since 1970.
        operate_time: Option<i64>,
        /// Result of that operation, such as `ignore.Success`.
        operate_error_code: Option<String>,
        /// The same in words.
        operate_msg: Option<String>,
        /// Operations that it allows, comma-joined.
        support_operate_code: Option<String>,
        /// Whether it can be handled while the agent is online.
        can_be_deal_on_line: Option<bool>,
        /// Whether a false-positive mark can be taken back.
        can_cancel_fault: Option<bool>,
        /// Whether it was blocked automatically.
        auto_breaking: Option<bool>,
        /// Whitelist rules, as JSON text.
        mark_mis_rules: Option<String>,
        /// Edition that detects it.
        sale_version: Option<String>,
        /// Data source.
        data_source: Option<String>,
        /// What detected it.
        detect_source: Option<String>,
        /// Cluster.
        #[serde(rename = "K8sClusterId")]
        k8s_cluster_id: Option<String>,
        /// Namespace.
        #[serde(rename = "K8sNamespace")]
        k8s_namespace: Option<String>,
        /// Node.
        #[serde(rename = "K8sNodeName")]
        k8s_node_name: Option<String>,
        /// Pod.
        #[serde(rename = "K8sPodName")]
        k8s_pod_name: Option<String>,
        /// Container.
        container_id: Option<String>,
        /// Image of the container.
        container_image_name: Option<String>,
    }

    /// A particular of an alert.
    pub struct SuspEventDetail {
        /// Name as it is shown.
        name_display: Option<String>,
        /// Kind of value.
        r#type: Option<String>,
        /// Value.
        value: Option<String>,
        /// Value as it is shown.
        value_display: Option<String>,
    }
}
