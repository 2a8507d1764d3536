//! `OperateAgentClientInstall`: makes Security Center install the agent itself, where it can.

use crate::wire::CommaList;

action! {
    /// The servers: uuids, or instances with region and operating system.
    pub struct OperateAgentClientInstall: Write<Sas> -> AgentInstallOperated {
        /// Uuids.
        uuids: CommaList,
        /// Ids of instances.
        instance_ids: CommaList,
        /// Their region.
        region: Option<String>,
        /// Their operating system: `linux` or `windows`.
        os: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct AgentInstallOperated {
        /// The servers. The misspelt name is the vendor's.
        aegis_celint_install_respose_list: Vec<AgentInstallRecord>,
    }

    /// The installation on one server.
    pub struct AgentInstallRecord {
        /// Its record.
        record_id: Option<i64>,
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
    }
}
