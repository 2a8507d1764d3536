//! `OperationCancelIgnoreSuspEvent`: makes ignored alerts pending again. HTTP 200 is not success: `Code`
//! and `Success` are.

action! {
    /// The alerts.
    pub struct OperationCancelIgnoreSuspEvent: Write<Sas> -> IgnoreCancelled {
        /// Their ids; needed.
        security_event_ids: Vec<i64>,
        /// Note for people.
        remark: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct IgnoreCancelled {
        /// `200` when all went well.
        code: Option<String>,
        /// What went wrong.
        message: Option<String>,
        /// Whether all went well.
        success: Option<bool>,
    }
}
