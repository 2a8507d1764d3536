//! `DescribeAgentInstallStatus`: how the installation of agents stands.

use crate::wire::CommaList;

action! {
    /// The servers.
    pub struct DescribeAgentInstallStatus: Read<Sas> -> AgentInstallStatuses {
        /// Uuids; needed.
        uuids: CommaList,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct AgentInstallStatuses {
        /// The servers.
        aegis_client_invoke_status_response_list: Vec<AgentInstallStatus>,
    }

    /// The installation on one server.
    pub struct AgentInstallStatus {
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// -1 not installed, 0 installing, 1 installed, 2 failed.
        result: Option<i64>,
        /// Code of the result. The misspelt name is the vendor's.
        resule_code: Option<String>,
        /// The result in words.
        message: Option<String>,
    }
}
