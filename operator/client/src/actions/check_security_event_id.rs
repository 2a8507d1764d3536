//! `CheckSecurityEventId`: whether alerts belong to a server.

action! {
    /// The server and the alerts.
    pub struct CheckSecurityEventId: Read<Sas> -> SecurityEventIdChecked {
        /// Security Center's id of the server; needed.
        uuid: Option<String>,
        /// Ids of the alerts.
        security_event_ids: Vec<String>,
    }
}

reply! {
    /// The answer.
    pub struct SecurityEventIdChecked {
        /// Whether they do.
        data: Option<bool>,
    }
}
