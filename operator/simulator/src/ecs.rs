//! What the actions of ECS share: the instances of a region, pages by number or by token, and
//! times as ECS writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::Call;
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{Asset, DataCentre};

/// The region of a call; the gateway has refused a call without.
pub fn region<'a>(call: &Call<'a>) -> &'a str {
    let parameters: &'a Parameters = call.parameters;
    parameters.text("RegionId").unwrap_or_default()
}

/// The instances of a region with their uuids, by instance id. They exist whether or not Security
/// Center has noticed them.
pub fn instances<'a>(centre: &'a DataCentre, region: &str) -> Vec<(&'a str, &'a Asset)> {
    let mut found: Vec<_> = centre
        .assets
        .iter()
        .filter(|(_, asset)| asset.is_instance() && asset.region_id == region)
        .map(|(uuid, asset)| (uuid.as_str(), asset))
        .collect();
    found.sort_by(|one, other| one.1.instance_id.cmp(&other.1.instance_id));
    found
}

/// A time to the second in UTC.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instance that is not in the region.
pub fn no_instance() -> Refusal {
    Refusal::new(
        404,
        "InvalidInstance.NotFound",
        "The specified instance does not exist.",
    )
}

/// Too many instances in one call.
pub fn too_many_instances() -> Refusal {
    let message = "The number of instance IDs exceeds the upper limit.";
    Refusal::new(403, "InstanceIds.ExceedLimit", message)
}

/// Tags by key, as `Tag.N.Key` and `Tag.N.Value` write them; a value that is absent is empty.
pub fn tags(parameters: &Parameters, list: &str) -> Result<BTreeMap<String, String>, Refusal> {
    const MOST: usize = 20;
    let prefixes = parameters.elements(list)?;
    if prefixes.len() > MOST {
        let message = "The number of tags exceeds the upper limit.";
        return Err(Refusal::new(400, "NumberExceed.Tags", message));
    }
    let malformed = |text: &str, longest| {
        text.chars().count() > longest || text.contains("http://") || text.contains("https://")
    };
    let tag = |prefix: String| {
        let text = |part| parameters.text(&format!("{prefix}.{part}"));
        let key = text("Key").ok_or_else(|| Refusal::missing("TagKey"))?;
        let value = text("Value").unwrap_or_default();
        if malformed(key, 64) || key.starts_with("aliyun") || key.starts_with("acs:") {
            let message = "The specified tag key is malformed.";
            return Err(Refusal::new(400, "InvalidTagKey.Malformed", message));
        }
        if malformed(value, 128) {
            let message = "The specified tag value is malformed.";
            return Err(Refusal::new(400, "InvalidTagValue.Malformed", message));
        }
        Ok((key.to_owned(), value.to_owned()))
    };
    prefixes.into_iter().map(tag).collect()
}

/// Whether something has all of these tags; an empty value stands for any.
pub fn has_tags(tags: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, wanted)| {
        tags.get(key)
            .is_some_and(|value| wanted.is_empty() || wanted == value)
    })
}

/// What a listing of things with tags and a resource group wants to see.
#[derive(Debug)]
pub struct Labels<'a> {
    tags: BTreeMap<String, String>,
    resource_group_id: Option<&'a str>,
}

impl<'a> Labels<'a> {
    /// Reads `Tag` and `ResourceGroupId`.
    pub fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            tags: tags(parameters, "Tag")?,
            resource_group_id: parameters.text("ResourceGroupId"),
        })
    }

    /// Whether something has all that is asked for.
    pub fn fits(&self, tags: &BTreeMap<String, String>, resource_group_id: &str) -> bool {
        has_tags(tags, &self.tags) && self.resource_group_id.is_none_or(|id| id == resource_group_id)
    }
}

/// Which part of a list is asked for. By token, `TotalCount` says nothing, as in the real cloud.
#[derive(Debug)]
pub struct Part<'a> {
    size: usize,
    start: Start<'a>,
}

#[derive(Debug)]
enum Start<'a> {
    Page(usize),
    After(&'a str),
}

/// What a reply says about the part.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct PartInfo {
    next_token: String,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

impl<'a> Part<'a> {
    /// The default page size.
    const SIZE: usize = 10;

    /// Reads `MaxResults` and `NextToken`, or `PageNumber` and `PageSize`.
    pub fn read(parameters: &'a Parameters, maximum: usize) -> Result<Self, Refusal> {
        let token = parameters.text("NextToken");
        let number = |name| parameters.number(name).map_err(|_| invalid(name));
        let count = |name| match number(name)? {
            Some(size) if size == 0 || size > maximum => Err(invalid(name)),
            size => Ok(size),
        };
        let results = count("MaxResults")?;
        if token.is_some() || results.is_some() {
            return Ok(Self {
                size: results.unwrap_or(Self::SIZE),
                start: Start::After(token.unwrap_or_default()),
            });
        }
        match number("PageNumber")?.unwrap_or(1) {
            0 => Err(invalid("PageNumber")),
            number => Ok(Self {
                size: count("PageSize")?.unwrap_or(Self::SIZE),
                start: Start::Page(number),
            }),
        }
    }

    /// So many rows from the start.
    pub fn first(size: usize) -> Self {
        Self {
            size,
            start: Start::Page(1),
        }
    }

    /// The same for a listing that takes whatever size as the nearest that it allows.
    pub fn lenient(parameters: &'a Parameters, maximum: usize) -> Result<Self, Refusal> {
        let mut part = Self::read(parameters, usize::MAX)?;
        let least = if matches!(part.start, Start::After(_)) {
            Self::SIZE
        } else {
            1
        };
        part.size = part.size.clamp(least, maximum);
        Ok(part)
    }

    /// The rows of this part. `key` names a row; the token is the key of the last row before, so
    /// that rows may come and go in between.
    pub fn cut<T>(self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, PartInfo), Refusal> {
        let all = rows.len();
        let (start, page_number, total_count) = match self.start {
            Start::Page(number) => ((number - 1).saturating_mul(self.size), number, all),
            Start::After("") => (0, 1, 0),
            Start::After(token) => {
                let last = rows.iter().position(|row| key(row) == token);
                (last.ok_or_else(|| invalid("NextToken"))? + 1, 1, 0)
            }
        };
        let mut part = rows.split_off(start.min(all));
        let more = part.len() > self.size;
        part.truncate(self.size);
        let info = PartInfo {
            next_token: part.last().filter(|_| more).map(key).unwrap_or_default(),
            page_number,
            page_size: self.size,
            total_count,
        };
        Ok((part, info))
    }
}

/// `InvalidParameter.<Name>`.
pub fn invalid(name: &str) -> Refusal {
    let message = format!("The specified parameter {name} is not valid.");
    Refusal::new(400, format!("InvalidParameter.{name}"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect::<BTreeMap<_, _>>().into()
    }

    fn cut(pairs: &[(&str, &str)]) -> Result<(Vec<u32>, PartInfo), Refusal> {
        let rows = (1..=25).collect();
        Part::read(&parameters(pairs), 50)?.cut(rows, u32::to_string)
    }

    #[test]
    fn pages_by_number_count_all() {
        let (rows, info) = cut(&[]).unwrap();
        assert_eq!((rows[0], rows.len(), info.total_count), (1, 10, 25));
        let (rows, info) = cut(&[("PageNumber", "3"), ("PageSize", "10")]).unwrap();
        assert_eq!((rows[0], rows.len(), info.page_number), (21, 5, 3));
        assert_eq!(info.next_token, "");
        assert!(cut(&[("PageNumber", "9")]).unwrap().0.is_empty());
    }

    #[test]
    fn tokens_lead_to_the_end() {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let (rows, info) = cut(&[("MaxResults", "12"), ("NextToken", &token)]).unwrap();
            assert_eq!(info.total_count, 0);
            seen.extend(rows);
            if info.next_token.is_empty() {
                break;
            }
            token = info.next_token;
        }
        assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    }

    #[test]
    fn wrong_pages_are_refused_by_name() {
        for (pairs, code) in [
            (&[("MaxResults", "51")][..], "InvalidParameter.MaxResults"),
            (&[("MaxResults", "0")], "InvalidParameter.MaxResults"),
            (&[("NextToken", "nowhere")], "InvalidParameter.NextToken"),
            (&[("PageNumber", "0")], "InvalidParameter.PageNumber"),
            (&[("PageNumber", "-1")], "InvalidParameter.PageNumber"),
            (&[("PageSize", "many")], "InvalidParameter.PageSize"),
            (&[("PageSize", "51")], "InvalidParameter.PageSize"),
        ] {
            assert_eq!(cut(pairs).unwrap_err().code, code);
        }
        let few = parameters(&[("MaxResults", "3")]);
        let (rows, _) = Part::lenient(&few, 100)
            .unwrap()
            .cut((1..=25).collect(), u32::to_string)
            .unwrap();
        assert_eq!(rows.len(), 10);
    }
}
