//! The servers that a request finds, in the order of their uuids. A request that asks for a page
//! of all servers looks at that page only, and criteria that name servers look only at those.

use std::ops::Bound;

use crate::action::Call;
use crate::gateway::Refusal;
use crate::search::Search;
use crate::world::{Asset, Assets, Lasting};

/// Servers with their uuids.
pub type Servers<'a> = Vec<(&'a str, &'a Asset)>;

/// What a request finds.
pub enum Found<'a> {
    /// Every server there is.
    All(&'a Assets),
    /// Only these.
    Some(Servers<'a>),
}

impl<'a> Found<'a> {
    /// All servers that fit the request's criteria and filters.
    pub fn search(call: &'a Call<'_>) -> Result<Self, Refusal> {
        let (parameters, centre) = (call.parameters, &*call.centre);
        let search = Search::parse(parameters.text("Criteria"), parameters.text("LogicalExp"), centre)?;
        let importance: Option<i32> = parameters.number("Importance")?;
        let among = |name| {
            parameters
                .text(name)
                .map(|text| text.split(',').collect::<Vec<_>>())
        };
        let (vendors, machine_types) = (among("Flags"), among("MachineTypes"));
        let filtered = importance.is_some() || vendors.is_some() || machine_types.is_some();
        if search.is_empty() && !filtered && centre.assets.all_listed() {
            return Ok(Self::All(&centre.assets));
        }
        let listed =
            |names: &Option<Vec<&str>>, name: &str| names.as_ref().is_none_or(|names| names.contains(&name));
        let fits = |&(uuid, asset, lasting): &(&String, &Asset, Lasting)| {
            (lasting.listed || asset.is_listed(call.now))
                && importance.is_none_or(|level| level == asset.importance)
                && (vendors.is_none() || listed(&vendors, &asset.vendor.to_string()))
                && listed(&machine_types, &asset.machine_type)
                && search.matches(uuid, asset, lasting, centre, call.now)
        };
        let listed_as = |(uuid, asset, _): (&'a String, &'a Asset, Lasting)| (uuid.as_str(), asset);
        Ok(Self::Some(match search.candidates(&centre.assets) {
            Some(uuids) => {
                let known = uuids
                    .into_iter()
                    .filter_map(|uuid| centre.assets.get_key_value(uuid));
                let known = known.map(|(uuid, asset)| (uuid, asset, asset.lasting()));
                known.filter(fits).map(listed_as).collect()
            }
            None => centre.assets.with_lasting().filter(fits).map(listed_as).collect(),
        }))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::All(assets) => assets.len(),
            Self::Some(servers) => servers.len(),
        }
    }

    /// So many of them, without the first ones.
    pub fn page(&self, skipped: usize, size: usize) -> Servers<'a> {
        match self {
            Self::All(assets) => assets.skipping(skipped).take(size).map(borrowed).collect(),
            Self::Some(servers) => servers.iter().skip(skipped).take(size).copied().collect(),
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
            Self::Some(servers) => {
                let start = servers.partition_point(|(known, _)| *known <= uuid);
                servers[start..].iter().take(size).copied().collect()
            }
        }
    }
}

fn borrowed<'a>((uuid, asset): (&'a String, &'a Asset)) -> (&'a str, &'a Asset) {
    (uuid, asset)
}
