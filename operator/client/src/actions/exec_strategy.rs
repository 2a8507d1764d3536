//! `ExecStrategy`: starts a baseline strategy or stops it. What a start does while it runs already is
//! not documented.

use super::shared::Accepted;

action! {
    /// The strategy, and what to do.
    pub struct ExecStrategy: Write<Sas> -> Accepted {
        /// The strategy.
        strategy_id: Option<i64>,
        /// `exec` or `terminate`.
        exec_action: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}
