//! `HandleSecurityEvents`: executes one operation on up to 20 alerts. A repeat finds the alerts handled,
//! or starts another task.

use crate::wire::Json;

action! {
    /// The alerts, and what to do.
    pub struct HandleSecurityEvents: Write<Sas> -> SecurityEventsHandled {
        /// Ids of the alerts, at most 20; needed.
        security_event_ids: Vec<String>,
        /// Operation that each of them allows; needed.
        operation_code: Option<String>,
        /// Parameters of the operation; an empty object where it takes none.
        operation_params: Option<Json<OperationParams>>,
        /// Whitelist rules. They replace all that exist, so those to keep must be repeated.
        mark_miss_param: Option<Json<Vec<MarkMissRule>>>,
        /// `true` to treat all alerts like these alike.
        mark_batch: Option<String>,
        /// Note for people.
        remark: Option<String>,
    }
}

part! {
    /// Parameters of an operation.
    pub struct OperationParams {
        /// `block_ip`: end of the block, in milliseconds since 1970.
        #[serde(rename = "expireTime")]
        expire_time: Option<i64>,
        /// `kill_and_quara`, `virus_quara`: what is done, such as `killByMd5andPath`.
        #[serde(rename = "subOperation")]
        sub_operation: Option<String>,
    }

    /// A whitelist rule.
    pub struct MarkMissRule {
        /// `ALL` servers, or `part`: those of the alerts.
        #[serde(rename = "uuid")]
        uuid: Option<String>,
        /// Field.
        #[serde(rename = "field")]
        field: Option<String>,
        /// `contains`, `notContains`, `regex`, `strEqual`, `strNotEqual`, `inIpSegment`.
        #[serde(rename = "operate")]
        operate: Option<String>,
        /// What it is compared with.
        #[serde(rename = "fieldValue")]
        field_value: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct SecurityEventsHandled {
        /// The task that does it.
        handle_security_events_response: Option<HandlingTask>,
    }

    /// A task that handles alerts.
    pub struct HandlingTask {
        /// Id.
        task_id: Option<i64>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn an_operation_without_parameters_sends_an_empty_object() {
        let rule = MarkMissRule {
            uuid: Some("ALL".to_owned()),
            field: Some("filePath".to_owned()),
            operate: Some("contains".to_owned()),
            field_value: Some("/数据/\"a\"".to_owned()),
        };
        let request = HandleSecurityEvents {
            security_event_ids: vec!["7".to_owned(), "8".to_owned()],
            operation_code: Some("advance_mark_mis_info".to_owned()),
            operation_params: Some(Json::default()),
            mark_miss_param: Some(Json(vec![rule])),
            ..Default::default()
        };
        let flat = parameters(&request);
        assert_eq!(flat["OperationParams"], "{}");
        let rules: serde_json::Value = serde_json::from_str(&flat["MarkMissParam"]).unwrap();
        assert_eq!(rules[0]["fieldValue"], "/数据/\"a\"");
        assert_eq!(flat["SecurityEventIds.2"], "8");
    }
}
