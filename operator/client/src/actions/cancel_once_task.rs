//! `CancelOnceTask`: stops a one-time task.

use super::shared::Accepted;

action! {
    /// Which task.
    pub struct CancelOnceTask: Write<Sas> -> Accepted {
        /// The task; needed.
        task_id: Option<String>,
    }
}
