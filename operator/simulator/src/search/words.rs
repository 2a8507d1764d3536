//! The words of the wire for what a server is, as criteria and rows spell them.

use crate::world::{ClientStatus, ClientSubStatus, OsType};

/// `Os`.
pub fn os_type(os_type: OsType) -> &'static str {
    match os_type {
        OsType::Linux => "linux",
        OsType::Windows => "windows",
    }
}

/// `Status`.
pub fn running_status(running: bool) -> &'static str {
    if running { "Running" } else { "notRunning" }
}

/// A fact as the vendor writes most of them.
pub fn yes_no(yes: bool) -> &'static str {
    if yes { "YES" } else { "NO" }
}

/// `ClientStatus`.
pub fn client_status(status: ClientStatus) -> &'static str {
    match status {
        ClientStatus::Online => "online",
        ClientStatus::Offline => "offline",
        ClientStatus::Pause => "pause",
    }
}

/// `ClientSubStatus`.
pub fn client_sub_status(status: ClientSubStatus) -> &'static str {
    match status {
        ClientSubStatus::Online => "online",
        ClientSubStatus::Offline => "offline",
        ClientSubStatus::Pause => "pause",
        ClientSubStatus::Uninstalled => "uninstalled",
        ClientSubStatus::Stopped => "stopped",
    }
}

/// The criterion `importance`.
pub fn importance(level: i32) -> &'static str {
    match level {
        2 => "important",
        1 => "general",
        _ => "test",
    }
}
