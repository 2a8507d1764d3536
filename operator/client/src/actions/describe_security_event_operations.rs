//! `DescribeSecurityEventOperations`: what can be done about one alert. Only an operation that
//! `UserCanOperate` allows may be executed. An alert that is handled counts as unknown.

action! {
    /// The alert.
    pub struct DescribeSecurityEventOperations: Read<Sas> -> SecurityEventOperations {
        /// Its id; needed.
        security_event_id: Option<i64>,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct SecurityEventOperations {
        /// The operations.
        security_event_operations_response: Vec<SecurityEventOperation>,
    }

    /// An operation on an alert.
    pub struct SecurityEventOperation {
        /// Code, such as `block_ip`, `kill_and_quara`, `ignore`. More may come.
        operation_code: Option<String>,
        /// Whether it may be executed.
        user_can_operate: Option<bool>,
        /// Parameters that it proposes, as JSON text.
        operation_params: Option<String>,
        /// Whitelist rules that exist.
        mark_field: Vec<MarkField>,
        /// Fields that whitelist rules may look at.
        mark_fields_source: Vec<MarkFieldSource>,
        /// Fields that must be filled for it.
        mapping_mark_fields: Vec<MappingMarkField>,
    }

    /// A whitelist rule.
    pub struct MarkField {
        /// Field. The misspelt name is the vendor's.
        filed_name: Option<String>,
        /// Name of the field as it is shown.
        filed_alias_name: Option<String>,
        /// How it compares: `contains`, `notContains`, `regex`, `strEqual`, `strNotEqual`, `inIpSegment`.
        mark_mis_type: Option<String>,
        /// What it compares with.
        mark_mis_value: Option<String>,
        /// Comparisons that the field allows.
        supported_mis_type: Vec<String>,
        /// `ALL`, or the server that the rule is limited to.
        uuid: Option<String>,
    }

    /// A field that a whitelist rule may look at.
    pub struct MarkFieldSource {
        /// Field. The misspelt name is the vendor's.
        filed_name: Option<String>,
        /// Name of the field as it is shown.
        filed_alias_name: Option<String>,
        /// Its value in this alert.
        mark_mis_value: Option<String>,
        /// Comparisons that it allows.
        supported_mis_type: Vec<String>,
    }

    /// A field that must be filled for an operation.
    pub struct MappingMarkField {
        /// Field.
        name: Option<String>,
        /// Name of the field as it is shown.
        show_name: Option<String>,
        /// Its value.
        value: Option<String>,
        /// The value as it is shown.
        show_value: Option<String>,
        /// How it is filled.
        fill_type: Option<String>,
        /// Whether it is needed.
        required: Option<bool>,
        /// Shortest value, in characters.
        min_length: Option<i64>,
        /// Longest value, in characters.
        max_length: Option<i64>,
        /// What it is for.
        description: Option<String>,
    }
}
