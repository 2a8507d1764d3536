//! A data centre together with what searches have worked out about it. Every mutable access to the
//! data throws the index away: it cannot disagree with them however they were changed.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::DataCentre;
use crate::search::{Index, View};

/// A [`DataCentre`] that can be searched fast.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IndexedCentre {
    data: DataCentre,
    #[serde(skip)]
    index: Index,
}

impl IndexedCentre {
    /// The data as a reader sees them at this time.
    pub fn view(&self, now: Timestamp) -> View<'_> {
        View::new(&self.data, now, self.index.era(&self.data, now))
    }
}

impl Deref for IndexedCentre {
    type Target = DataCentre;

    fn deref(&self) -> &Self::Target {
        &self.data
    }
}

impl DerefMut for IndexedCentre {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.index = Index::default();
        &mut self.data
    }
}

impl From<DataCentre> for IndexedCentre {
    fn from(data: DataCentre) -> Self {
        Self {
            data,
            index: Index::default(),
        }
    }
}

impl JsonSchema for IndexedCentre {
    fn inline_schema() -> bool {
        DataCentre::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        DataCentre::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        DataCentre::json_schema(generator)
    }
}
