//! Alerts as every kind that deals with them sees them: read by a selector, decoded, and cleaned of
//! characters that could deceive a reader.

mod alert;
pub mod gauges;
pub mod listing;
pub mod recommendation;

pub use alert::{Alert, NAME_BYTES, PATH_BYTES};
pub use listing::{Listed, Page, Query, alerts, pages, types_in_words};
