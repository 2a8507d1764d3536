//! The filters of DescribeInstances; all that are given must fit. One for something that no
//! instance has here (an IPv6 address, a lock) fits no instance.

use super::row;
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::pattern;
use crate::world::Asset;

const LONGEST_LIST: usize = 100;

/// Filters by what no instance has here.
const WITHOUT_DATA: [&str; 8] = [
    "SecurityGroupId",
    "VSwitchId",
    "KeyPairName",
    "HpcClusterId",
    "LockReason",
    "EipAddresses",
    "InnerIpAddresses",
    "RdmaIpAddresses",
];

/// The same with several values; `Filter` is by time of creation.
const LISTS_WITHOUT_DATA: [&str; 2] = ["Ipv6Address", "Filter"];

/// What an instance must have; an absent filter lets everything pass.
pub struct Filter<'a> {
    parameters: &'a Parameters,
    ids: Option<Vec<String>>,
    private_addresses: Option<Vec<String>>,
    public_addresses: Option<Vec<String>>,
    tags: Vec<(&'a str, Option<&'a str>)>,
    /// Whether an instance may fit at all.
    possible: bool,
}

impl<'a> Filter<'a> {
    /// Reads the filters of a request.
    pub fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let mut tags = Vec::new();
        for prefix in parameters.elements("Tag")? {
            let key = parameters.text(&format!("{prefix}.Key"));
            let key = key.ok_or_else(|| Refusal::missing("TagKey"))?;
            tags.push((key, parameters.text(&format!("{prefix}.Value"))));
        }
        let mut possible = WITHOUT_DATA.iter().all(|name| parameters.text(name).is_none());
        for name in LISTS_WITHOUT_DATA {
            possible &= parameters.elements(name)?.is_empty();
        }
        for name in ["IoOptimized", "DeviceAvailable"] {
            // Every instance is both.
            possible &= parameters.boolean(name)?.unwrap_or(true);
        }
        Ok(Self {
            parameters,
            ids: list(parameters, "InstanceIds")?,
            private_addresses: list(parameters, "PrivateIpAddresses")?,
            public_addresses: list(parameters, "PublicIpAddresses")?,
            tags,
            possible,
        })
    }

    /// Whether an instance is to be seen.
    pub fn fits(&self, asset: &Asset) -> bool {
        let among = |list: &Option<Vec<String>>, value: &String| {
            list.as_ref().is_none_or(|list| list.contains(value))
        };
        let tagged = |(key, value): &(&str, Option<&str>)| {
            let held = asset.resource_tags.get(*key);
            held.is_some_and(|held| value.is_none_or(|value| held == value))
        };
        self.possible
            && among(&self.ids, &asset.instance_id)
            && among(&self.private_addresses, &asset.intranet_ip)
            && among(&self.public_addresses, &asset.internet_ip)
            && self.tags.iter().all(tagged)
            && self.fits_texts(asset)
    }

    fn fits_texts(&self, asset: &Asset) -> bool {
        let text = |name| self.parameters.text(name);
        let is = |name, actual: &str| text(name).is_none_or(|wanted| wanted == actual);
        let named = |pattern| pattern::matches(pattern, &asset.instance_name);
        text("InstanceName").is_none_or(named)
            && is("Status", row::status(asset))
            && is("VpcId", &asset.vpc_instance_id)
            && is("ZoneId", &row::zone(asset))
            && is("InstanceType", &row::instance_type(asset))
            && is("ImageId", &asset.image_id)
            && is("ResourceGroupId", &asset.resource_group_id)
            && is("InstanceChargeType", &asset.instance_charge_type)
            && is("InstanceTypeFamily", row::FAMILY)
            && is("InstanceNetworkType", row::NETWORK_TYPE)
            && is("InternetChargeType", row::INTERNET_CHARGE_TYPE)
            // The documented defaults of the metadata service.
            && is("HttpEndpoint", "enabled")
            && is("HttpTokens", "optional")
    }
}

fn list(parameters: &Parameters, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(text) = parameters.text(name) else {
        return Ok(None);
    };
    let values: Option<Vec<String>> = serde_json::from_str(text).ok();
    values
        .filter(|values| values.len() <= LONGEST_LIST)
        .map(Some)
        .ok_or_else(|| {
            let message = format!("The specified {name} is not valid.");
            Refusal::new(400, format!("Invalid{name}.Malformed"), message)
        })
}
