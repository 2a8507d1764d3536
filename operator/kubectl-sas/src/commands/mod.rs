//! One module per command: its flags, what it does, and how that is shown.

pub mod approve;
pub mod can_i;
pub mod completion;
pub mod doctor;
pub mod init;
pub mod pending;
pub mod plan;
pub mod ram_policy;
pub mod receipt;
pub mod reject;
pub mod status;
pub mod steer;
pub mod undo;
pub mod version;
pub mod wait;

use std::process::ExitCode;

use crate::object::Object;
use crate::output::{Page, WARNING};

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Done.
    Well,
    /// The answer is no, or what was waited for cannot come by itself any more.
    No,
    /// The time to wait was over.
    TimedOut,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Well => ExitCode::SUCCESS,
            Ended::No => ExitCode::from(3),
            Ended::TimedOut => ExitCode::from(4),
        }
    }
}

/// Objects as the list that kubectl would print.
fn list_of(objects: &[Object]) -> serde_json::Value {
    let items: Vec<_> = objects.iter().map(|object| &object.raw).collect();
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// Says which objects this version cannot read, beside the output.
fn warn_of_unreadable(unreadable: &[String]) -> anyhow::Result<()> {
    let mut page = Page::default();
    for object in unreadable {
        page.styled(WARNING, format!("warning: failed to read {object}"));
    }
    page.print_beside()
}
