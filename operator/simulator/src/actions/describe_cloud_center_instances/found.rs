//! The servers that a request finds, in the order of their uuids. A request that asks for a page
//! of all servers looks at that page only, criteria that name servers look only at those, and any
//! other search looks at all servers once until something changes.

use std::ops::Bound;
use std::sync::Arc;

use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::search::{Search, View};
use crate::world::{Asset, Assets};

/// Servers with their uuids.
pub type Servers<'a> = Vec<(&'a str, &'a Asset)>;

/// What a request finds.
pub enum Found<'a> {
    /// Every server there is.
    All(&'a Assets),
    /// Only these.
    Some(Servers<'a>),
    /// Only these, as an earlier request found them.
    Known(&'a Assets, Arc<[String]>),
}

/// What a request asks for besides its criteria; an absent filter lets everything pass.
struct Filter<'a> {
    importance: Option<i32>,
    vendors: Option<Vec<&'a str>>,
    machine_types: Option<Vec<&'a str>>,
}

/// All parameters that decide what is found.
const QUESTION: [&str; 5] = ["Criteria", "LogicalExp", "Importance", "Flags", "MachineTypes"];

impl<'a> Found<'a> {
    /// All servers that fit the request's criteria and filters.
    pub fn search(parameters: &Parameters, view: &View<'a>) -> Result<Self, Refusal> {
        let centre = view.centre;
        let search = Search::parse(parameters.text("Criteria"), parameters.text("LogicalExp"), centre)?;
        let filter = Filter::read(parameters)?;
        if search.is_empty() && filter.is_empty() && centre.assets.all_listed() {
            return Ok(Self::All(&centre.assets));
        }
        let Some(uuids) = search.candidates(&centre.assets) else {
            let question = QUESTION.map(|name| parameters.text(name).map(str::to_owned));
            let known = view.answer(question.into(), || {
                let found = search.among_all(view).filter(|(_, asset)| filter.fits(asset));
                found.map(|(uuid, _)| uuid.clone()).collect()
            });
            return Ok(Self::Known(&centre.assets, known));
        };
        let known = uuids
            .into_iter()
            .filter_map(|uuid| centre.assets.get_key_value(uuid));
        let fits = |(uuid, asset): &(&String, &Asset)| {
            view.lists(asset) && filter.fits(asset) && search.matches(uuid, asset, view)
        };
        Ok(Self::Some(known.filter(fits).map(borrowed).collect()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::All(assets) => assets.len(),
            Self::Some(servers) => servers.len(),
            Self::Known(_, uuids) => uuids.len(),
        }
    }

    /// So many of them, without the first ones.
    pub fn page(&self, skipped: usize, size: usize) -> Servers<'a> {
        match self {
            Self::All(assets) => assets.skipping(skipped).take(size).map(borrowed).collect(),
            Self::Some(servers) => servers.iter().skip(skipped).take(size).copied().collect(),
            Self::Known(assets, uuids) => named(assets, uuids.iter().skip(skipped).take(size)),
        }
    }

    /// So many of them, from the first one behind this uuid.
    pub fn after(&self, uuid: &str, size: usize) -> Servers<'a> {
        match self {
            Self::All(assets) => {
                let behind = (Bound::Excluded(uuid), Bound::Unbounded);
                let servers = assets.range::<str, _>(behind);
                servers.take(size).map(borrowed).collect()
            }
            Self::Some(servers) => self.page(servers.partition_point(|(known, _)| *known <= uuid), size),
            Self::Known(_, uuids) => self.page(uuids.partition_point(|known| known.as_str() <= uuid), size),
        }
    }
}

impl<'a> Filter<'a> {
    fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let among = |name| parameters.text(name).map(|text| text.split(',').collect());
        Ok(Self {
            importance: parameters.number("Importance")?,
            vendors: among("Flags"),
            machine_types: among("MachineTypes"),
        })
    }

    fn is_empty(&self) -> bool {
        self.importance.is_none() && self.vendors.is_none() && self.machine_types.is_none()
    }

    fn fits(&self, asset: &Asset) -> bool {
        let among =
            |list: &Option<Vec<&str>>, value: &str| list.as_ref().is_none_or(|list| list.contains(&value));
        self.importance.is_none_or(|level| level == asset.importance)
            && (self.vendors.is_none() || among(&self.vendors, &asset.vendor.to_string()))
            && among(&self.machine_types, &asset.machine_type)
    }
}

fn borrowed<'a>((uuid, asset): (&'a String, &'a Asset)) -> (&'a str, &'a Asset) {
    (uuid, asset)
}

fn named<'a, 'b>(assets: &'a Assets, uuids: impl Iterator<Item = &'b String>) -> Servers<'a> {
    let servers = uuids.filter_map(|uuid| assets.get_key_value(uuid));
    servers.map(borrowed).collect()
}
