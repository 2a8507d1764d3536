//! DescribeInstances: the instances of a region. `InstanceIds` and the lists of addresses are JSON
//! arrays in one parameter, unlike lists elsewhere; an id that does not exist is left out.

mod row;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::ecs::{self, Part, PartInfo};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::pattern;
use crate::world::Asset;
use row::Row;

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeInstances", run);

const LARGEST_PAGE: usize = 100;
const LONGEST_LIST: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    instances: Instances<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instances<'a> {
    instance: Vec<Row<'a>>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    if parameters.boolean("DryRun")?.unwrap_or(false) {
        let message = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, "DryRunOperation", message));
    }
    let part = Part::lenient(parameters, LARGEST_PAGE)?;
    let wanted = Wanted::read(parameters)?;
    let mut found = ecs::instances(call.centre, ecs::region(call));
    found.retain(|(_, asset)| wanted.fits(asset));
    let (found, part) = part.cut(found, |(_, asset)| asset.instance_id.clone())?;
    let instance = found
        .into_iter()
        .map(|(uuid, asset)| Row::new(uuid, asset))
        .collect();
    Ok(Outcome::unchanged(&Response {
        instances: Instances { instance },
        part,
    }))
}

/// A text of an instance.
type Field = fn(&Asset) -> String;

/// What an instance must have; an absent filter lets everything pass.
struct Wanted<'a> {
    ids: Option<Vec<String>>,
    private_addresses: Option<Vec<String>>,
    public_addresses: Option<Vec<String>>,
    tags: Vec<(&'a str, Option<&'a str>)>,
    texts: Vec<(&'a str, Field)>,
}

impl<'a> Wanted<'a> {
    fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let by_text: [(&str, Field); 5] = [
            ("InstanceName", |asset| asset.instance_name.clone()),
            ("Status", |asset| row::status(asset).to_owned()),
            ("VpcId", |asset| asset.vpc_instance_id.clone()),
            ("ZoneId", row::zone),
            ("InstanceType", row::instance_type),
        ];
        let texts = by_text
            .into_iter()
            .filter_map(|(name, field)| Some((parameters.text(name)?, field)));
        let mut tags = Vec::new();
        for prefix in parameters.elements("Tag")? {
            let key = parameters.text(&format!("{prefix}.Key"));
            let key = key.ok_or_else(|| Refusal::missing("TagKey"))?;
            tags.push((key, parameters.text(&format!("{prefix}.Value"))));
        }
        Ok(Self {
            ids: list(parameters, "InstanceIds")?,
            private_addresses: list(parameters, "PrivateIpAddresses")?,
            public_addresses: list(parameters, "PublicIpAddresses")?,
            tags,
            texts: texts.collect(),
        })
    }

    fn fits(&self, asset: &Asset) -> bool {
        let among = |list: &Option<Vec<String>>, value: &String| {
            list.as_ref().is_none_or(|list| list.contains(value))
        };
        let tagged = |(key, value): &(&str, Option<&str>)| {
            let held = asset.resource_tags.get(*key);
            held.is_some_and(|held| value.is_none_or(|value| held == value))
        };
        among(&self.ids, &asset.instance_id)
            && among(&self.private_addresses, &asset.intranet_ip)
            && among(&self.public_addresses, &asset.internet_ip)
            && self.tags.iter().all(tagged)
            && self
                .texts
                .iter()
                .all(|(wanted, field)| pattern::matches(wanted, &field(asset)))
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
