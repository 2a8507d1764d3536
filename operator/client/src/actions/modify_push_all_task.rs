//! `ModifyPushAllTask`: scans the listed servers. It answers no task id; a repeat scans again.

use crate::wire::CommaList;

action! {
    /// What to scan for, and where.
    pub struct ModifyPushAllTask: Write<Sas> -> PushAllTask {
        /// Uuids; needed.
        uuids: CommaList,
        /// `OVAL_ENTITY`, `CMS`, `SYSVUL`, `SCA`, `HEALTH_CHECK`, `WEBSHELL` or a `..._SNAPSHOT`; needed.
        tasks: CommaList,
    }
}

reply! {
    /// The answer.
    pub struct PushAllTask {
        /// What became of it.
        push_task_rsp: Option<PushTaskResponse>,
    }

    /// What became of a scan order.
    pub struct PushTaskResponse {
        /// Servers. Sources disagree whether all are listed or only failures: one that is absent was taken.
        push_task_result_list: Vec<PushTaskResult>,
    }

    /// A server of a scan order.
    pub struct PushTaskResult {
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Whether it was taken.
        success: Option<bool>,
        /// Whether its agent is online.
        online: Option<bool>,
        /// Why it was not taken.
        message: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// The address that is shown.
        ip: Option<String>,
        /// Group.
        group_id: Option<i64>,
        /// Region.
        region: Option<String>,
        /// Operating system.
        os_version: Option<String>,
    }
}
