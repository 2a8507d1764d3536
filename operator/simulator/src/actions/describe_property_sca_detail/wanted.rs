//! What a request of DescribePropertyScaDetail wants to see. Texts must be equal, except for the
//! name pattern and the remark, of which a part is enough.

use jiff::Timestamp;

use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{Asset, Software};

const DEFAULT_BIZ: &str = "sca";

/// What a row must have.
pub struct Wanted<'a> {
    biz: &'a str,
    uuid: Option<&'a str>,
    /// Part of the server's name or of an address.
    remark: Option<&'a str>,
    /// Part of the software's name.
    name_part: Option<&'a str>,
    texts: Vec<(&'a str, Field)>,
    started: (Option<i64>, Option<i64>),
}

/// A text of a piece of software.
type Field = fn(&Software) -> &str;

impl<'a> Wanted<'a> {
    pub fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let direct = [
            ("ScaName", "name"),
            ("ScaVersion", "version"),
            ("BizType", "type"),
            ("Pid", "pid"),
            ("Port", "port"),
            ("User", "user"),
        ];
        let mut texts: Vec<(&str, Field)> = direct
            .into_iter()
            .filter_map(|(name, item)| Some((parameters.text(name)?, field(item)?)))
            .collect();
        let mut items = vec![
            ("SearchItem".to_owned(), "SearchInfo".to_owned()),
            ("SearchItemSub".to_owned(), "SearchInfoSub".to_owned()),
        ];
        for prefix in parameters.elements("SearchCriteriaList")? {
            items.push((format!("{prefix}.Name"), format!("{prefix}.Value")));
        }
        for (item, info) in items {
            // One without the other does nothing, says the vendor.
            let (Some(name), Some(value)) = (parameters.text(&item), parameters.text(&info)) else {
                continue;
            };
            texts.push((value, field(name).ok_or_else(|| Refusal::invalid(&item))?));
        }
        Ok(Self {
            biz: parameters.text("Biz").unwrap_or(DEFAULT_BIZ),
            uuid: parameters.text("Uuid"),
            remark: parameters.text("Remark"),
            name_part: parameters.text("ScaNamePattern"),
            texts,
            started: (
                parameters.number("ProcessStartedStart")?,
                parameters.number("ProcessStartedEnd")?,
            ),
        })
    }

    pub fn fits(&self, uuid: &str, asset: &Asset, found: &Software) -> bool {
        let started = found.process_started.map(Timestamp::as_second);
        let (from, to) = self.started;
        let on_server = |text: &str| {
            let texts = [&asset.instance_name, &asset.internet_ip, &asset.intranet_ip];
            texts.into_iter().any(|known| known.contains(text))
        };
        found.biz == self.biz
            && self.uuid.is_none_or(|wanted| wanted == uuid)
            && self.remark.is_none_or(on_server)
            && self
                .name_part
                .is_none_or(|part| found.name.to_lowercase().contains(&part.to_lowercase()))
            && self.texts.iter().all(|(wanted, field)| field(found) == *wanted)
            && from.is_none_or(|from| started.is_some_and(|started| started >= from))
            && to.is_none_or(|to| started.is_some_and(|started| started <= to))
    }
}

/// The text that a search item looks at.
fn field(item: &str) -> Option<Field> {
    Some(match item {
        "name" => |found| &found.name,
        "type" => |found| &found.biz_type,
        "version" => |found| &found.version,
        "port" => |found| &found.port,
        "pid" => |found| &found.pid,
        "user" => |found| &found.process_user,
        _ => return None,
    })
}
