//! What one account remembers between the passes of jobs: answers of looks that are not over.

use super::results;
use super::tasks;
use crate::errand::Errands;

/// Looks at what was found.
pub type Results = Errands<results::Question, results::Answer>;

/// Looks that are not over.
#[derive(Default)]
pub struct Desk {
    pub(super) tasks: Errands<tasks::Question, tasks::Answer>,
    pub(super) before: Results,
    pub(super) after: Results,
}
