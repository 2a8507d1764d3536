//! `RollbackSuspEventQuaraFile`: puts a file from quarantine back to its place.

use super::shared::Accepted;

action! {
    /// The file.
    pub struct RollbackSuspEventQuaraFile: Write<Sas> -> Accepted {
        /// Its id in quarantine; needed.
        quara_file_id: Option<i64>,
        /// Source product; `sas`.
        from: Option<String>,
    }
}
