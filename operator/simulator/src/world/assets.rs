//! The servers of a data centre, a map by uuid that also finds a server by its instance id. The
//! index is made when it is first needed and thrown away by every mutable access to the map, so
//! that it cannot disagree with the servers however they were changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Asset;

/// Servers by uuid.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Assets {
    by_uuid: BTreeMap<String, Asset>,
    #[serde(skip)]
    index: OnceLock<Index>,
}

#[derive(Debug, Clone)]
struct Index {
    /// The vendor's ids are unique; a world file's need not be.
    by_instance_id: HashMap<String, Vec<String>>,
    all_listed: bool,
}

impl Assets {
    /// The uuids of the servers with this instance id.
    pub fn with_instance_id(&self, instance_id: &str) -> &[String] {
        let found = self.index().by_instance_id.get(instance_id);
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether Security Center lists every server, at any time.
    pub fn all_listed(&self) -> bool {
        self.index().all_listed
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut by_instance_id: HashMap<String, Vec<String>> = HashMap::new();
            for (uuid, asset) in &self.by_uuid {
                let uuids = by_instance_id.entry(asset.instance_id.clone()).or_default();
                uuids.push(uuid.clone());
            }
            Index {
                by_instance_id,
                all_listed: self.by_uuid.values().all(Asset::is_always_listed),
            }
        })
    }
}

impl Deref for Assets {
    type Target = BTreeMap<String, Asset>;

    fn deref(&self) -> &Self::Target {
        &self.by_uuid
    }
}

impl DerefMut for Assets {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.index.take();
        &mut self.by_uuid
    }
}

impl PartialEq for Assets {
    fn eq(&self, other: &Self) -> bool {
        self.by_uuid == other.by_uuid
    }
}

impl FromIterator<(String, Asset)> for Assets {
    fn from_iter<I: IntoIterator<Item = (String, Asset)>>(servers: I) -> Self {
        Self {
            by_uuid: servers.into_iter().collect(),
            index: OnceLock::new(),
        }
    }
}

impl JsonSchema for Assets {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Assets".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Asset>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(instance_id: &str) -> Asset {
        Asset {
            instance_id: instance_id.to_owned(),
            ..Asset::default()
        }
    }

    #[test]
    fn every_way_to_change_a_server_shows_in_the_index() {
        let mut assets: Assets = [("a".to_owned(), asset("i-1"))].into_iter().collect();
        assert_eq!(
            (assets.with_instance_id("i-1"), assets.all_listed()),
            (&["a".to_owned()][..], true)
        );
        assets.insert("b".to_owned(), asset("i-1"));
        assert_eq!(assets.with_instance_id("i-1"), ["a", "b"]);
        assets.get_mut("a").unwrap().instance_id = "i-2".to_owned();
        assert_eq!(assets.with_instance_id("i-1"), ["b"]);
        for asset in assets.values_mut() {
            asset.listed = false;
        }
        assert!(!assets.all_listed());
        assets.remove("b");
        assert!(assets.with_instance_id("i-1").is_empty());
        assert_eq!(assets.clone().with_instance_id("i-2"), ["a"]);
    }

    #[test]
    fn the_index_is_no_part_of_the_world() {
        let assets: Assets = [("a".to_owned(), asset("i-1"))].into_iter().collect();
        let fresh = assets.clone();
        assert!(assets.all_listed());
        assert_eq!(assets, fresh);
        let text = serde_json::to_string(&assets).unwrap();
        assert_eq!(text, serde_json::to_string(&*fresh).unwrap());
        assert_eq!(serde_json::from_str::<Assets>(&text).unwrap(), assets);
    }
}
