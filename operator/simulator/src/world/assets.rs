//! The servers of a data centre, a map by uuid that also finds a server by its instance id and
//! knows what holds of its servers at any time, so that a read of a large world need not look at
//! every server. All of that is worked out when it is first needed and thrown away by every mutable
//! access to the map: it cannot disagree with the servers however they were changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Asset, Billing, Edition};

/// Servers by uuid.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Assets {
    by_uuid: BTreeMap<String, Asset>,
    #[serde(skip)]
    by_instance_id: OnceLock<HashMap<String, Vec<String>>>,
    #[serde(skip)]
    survey: OnceLock<Survey>,
}

/// What a look at all servers found.
#[derive(Debug, Clone, Default)]
struct Survey {
    /// The uuid of every [`STRIDE`]th server.
    milestones: Vec<String>,
    holdings: BTreeMap<(Edition, Billing), Holding>,
    not_always_listed: Vec<String>,
}

const STRIDE: usize = 64;

/// The servers with the same recorded edition and contract that are always listed.
#[derive(Debug, Clone)]
pub struct Holding {
    /// How many.
    pub servers: i64,
    /// Their cores.
    pub cores: i64,
    /// The uuid of one of them.
    pub example: String,
}

impl Assets {
    /// The uuids of the servers with this instance id. The vendor's ids are unique; a world
    /// file's need not be.
    pub fn with_instance_id(&self, instance_id: &str) -> &[String] {
        let index = self.by_instance_id.get_or_init(|| {
            let mut index: HashMap<String, Vec<String>> = HashMap::new();
            for (uuid, asset) in &self.by_uuid {
                index
                    .entry(asset.instance_id.clone())
                    .or_default()
                    .push(uuid.clone());
            }
            index
        });
        index.get(instance_id).map_or(&[], Vec::as_slice)
    }

    /// The servers that are not listed at all times.
    pub fn not_always_listed(&self) -> impl Iterator<Item = &Asset> {
        let uuids = self.survey().not_always_listed.iter();
        uuids.filter_map(|uuid| self.by_uuid.get(uuid))
    }

    /// Whether every server is listed at all times.
    pub fn all_listed(&self) -> bool {
        self.survey().not_always_listed.is_empty()
    }

    /// All other servers, counted by edition and contract.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.survey().holdings.values()
    }

    /// All servers but the first ones.
    pub fn skipping(&self, count: usize) -> impl Iterator<Item = (&String, &Asset)> {
        let milestone = self.survey().milestones.get(count / STRIDE);
        let rest = milestone.map(|uuid| self.by_uuid.range(uuid.clone()..));
        rest.into_iter().flatten().skip(count % STRIDE)
    }

    fn survey(&self) -> &Survey {
        self.survey.get_or_init(|| {
            let mut survey = Survey::default();
            for (position, (uuid, asset)) in self.by_uuid.iter().enumerate() {
                if position % STRIDE == 0 {
                    survey.milestones.push(uuid.clone());
                }
                if !asset.is_always_listed() {
                    survey.not_always_listed.push(uuid.clone());
                    continue;
                }
                let held = survey.holdings.entry((asset.auth_version, asset.billing));
                let held = held.or_insert_with(|| Holding {
                    servers: 0,
                    cores: 0,
                    example: uuid.clone(),
                });
                held.servers += 1;
                held.cores += i64::from(asset.cores);
            }
            survey
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
        self.by_instance_id.take();
        self.survey.take();
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
            ..Self::default()
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
    fn a_large_world_is_skipped_through_in_order() {
        let uuid = |number| format!("{number:04}");
        let assets: Assets = (0..200).map(|number| (uuid(number), asset("i-1"))).collect();
        for skipped in [0, 1, STRIDE - 1, STRIDE, 150, 199] {
            let (found, _) = assets.skipping(skipped).next().unwrap();
            assert_eq!(*found, uuid(skipped));
            assert_eq!(assets.skipping(skipped).count(), 200 - skipped);
        }
        assert_eq!(
            assets.skipping(200).count() + assets.skipping(usize::MAX).count(),
            0
        );
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
