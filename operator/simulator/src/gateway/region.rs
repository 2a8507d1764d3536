//! Which region and which data centre a request is for. Security Center has two data centres that
//! share nothing: one for the mainland regions, one for all others. ECS has an endpoint per region
//! that serves no other. A test that overrides the endpoint has one address for all of them, so
//! besides the host name also a path prefix names the region.

use super::envelope::Envelope;
use super::refusal::Refusal;
use crate::action::{Action, Product};

/// The data centre of the mainland regions and the default.
pub const MAINLAND: &str = "cn-shanghai";
/// The data centre of all other regions.
pub const INTERNATIONAL: &str = "ap-southeast-1";

/// The regions of the vendor's endpoint map.
const REGIONS: [&str; 39] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-hangzhou-finance",
    "cn-heyuan",
    "cn-heyuan-acdr-1",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-north-2-gov-1",
    "cn-qingdao",
    "cn-qingdao-acdr-ut-1",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shanghai-mybk",
    "cn-shenzhen",
    "cn-shenzhen-finance-1",
    "cn-wuhan-lr",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "cn-zhengzhou-jva",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "us-east-1",
    "us-west-1",
];

/// Regions that the ECS endpoint of cn-hangzhou serves besides its own, by the vendor's endpoint map.
const SERVED_BY_HANGZHOU: [&str; 2] = ["cn-shanghai-finance-1", "cn-shenzhen-finance-1"];

/// The region that the address of a request names: the path prefix `/<region>/`, else a label of
/// the host name (`tds.ap-southeast-1.aliyuncs.com`, `ecs-cn-hangzhou.aliyuncs.com`).
pub fn of_endpoint(path: &str, host: &str) -> Option<&'static str> {
    let by_host = || {
        let mut labels = host.split([':', '.']);
        labels.find_map(|label| known(label.strip_prefix("ecs-").unwrap_or(label)))
    };
    known(path.trim_matches('/')).or_else(by_host)
}

/// The data centre of the region that the endpoint names, else of the parameter `RegionId`, else
/// the mainland's.
pub fn data_centre(of_endpoint: Option<&str>, region_id: &str) -> &'static str {
    let region = of_endpoint.unwrap_or(region_id);
    if region.is_empty() || region.starts_with("cn-") {
        MAINLAND
    } else {
        INTERNATIONAL
    }
}

/// Whether the path is the prefix of a region.
pub fn is_prefix(path: &str) -> bool {
    known(path.trim_matches('/')).is_some()
}

/// The refusal of a path that is neither `/` nor the prefix of a region.
pub fn unknown_path(path: &str) -> Option<Refusal> {
    (path != "/" && !is_prefix(path)).then(no_such_region)
}

fn no_such_region() -> Refusal {
    Refusal::new(404, "InvalidRegion.NotFound", "Specified region is not found.")
}

/// Refuses a `RegionId` that is no region, and an action of ECS whose `RegionId` is missing or not the
/// region of the endpoint. Security Center's endpoints serve more regions than their own.
pub fn check(action: &Action, envelope: &Envelope) -> Result<(), Refusal> {
    let wanted = envelope.parameters.text("RegionId");
    if action.product != Product::Ecs {
        let unknown = wanted.is_some_and(|wanted| known(wanted).is_none());
        return if unknown { Err(no_such_region()) } else { Ok(()) };
    }
    let wanted = wanted.ok_or_else(|| Refusal::missing("RegionId"))?;
    if known(wanted).is_none() {
        let dedicated = REGIONS.into_iter().any(|region| {
            let rest = wanted.strip_prefix(region);
            rest.is_some_and(|rest| rest.starts_with('-'))
        });
        return Err(if dedicated {
            let message = "The api is not supported in this region.";
            Refusal::new(400, "RegionId.ApiNotSupported", message)
        } else {
            let message = "The RegionId provided does not exist in our records.";
            Refusal::new(404, "InvalidRegionId.NotFound", message)
        });
    }
    match envelope.endpoint_region {
        None => Ok(()),
        Some(served) if served == wanted => Ok(()),
        Some("cn-hangzhou") if SERVED_BY_HANGZHOU.contains(&wanted) => Ok(()),
        Some(_) => Err(Refusal::new(
            404,
            "InvalidOperation.NotSupportedEndpoint",
            "The specified endpoint can't operate this region. Please use API DescribeRegions to get \
             the appropriate endpoint, or upgrade your SDK to latest version.",
        )),
    }
}

fn known(name: &str) -> Option<&'static str> {
    REGIONS.binary_search(&name).ok().map(|index| REGIONS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_wins_over_host_and_host_over_region() {
        let shanghai = "tds.cn-shanghai.aliyuncs.com";
        let singapore = "tds.ap-southeast-1.aliyuncs.com";
        for (path, host, region, expected) in [
            ("/", "127.0.0.1:80", "", MAINLAND),
            ("/", "127.0.0.1:80", "cn-hangzhou", MAINLAND),
            ("/", "127.0.0.1:80", "cn-hongkong", MAINLAND),
            ("/", "127.0.0.1:80", "eu-central-1", INTERNATIONAL),
            ("/", singapore, "cn-hangzhou", INTERNATIONAL),
            ("/", shanghai, "us-east-1", MAINLAND),
            ("/", "ap-southeast-1.localhost:8080", "", INTERNATIONAL),
            ("/ap-southeast-1/", shanghai, "", INTERNATIONAL),
            ("/cn-shanghai", singapore, "us-east-1", MAINLAND),
            ("/us-west-1", "ecs.cn-beijing.aliyuncs.com", "", INTERNATIONAL),
        ] {
            let of_endpoint = of_endpoint(path, host);
            let centre = data_centre(of_endpoint, region);
            assert_eq!(centre, expected, "{path} {host} {region}");
        }
    }

    #[test]
    fn the_address_names_the_region() {
        for (path, host, expected) in [
            ("/", "ecs-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("/", "ecs.cn-beijing.aliyuncs.com", Some("cn-beijing")),
            ("/", "ecs-vpc.eu-central-1.aliyuncs.com", Some("eu-central-1")),
            ("/", "ecs.aliyuncs.com", None),
            (
                "/cn-shenzhen/",
                "ecs.cn-beijing.aliyuncs.com",
                Some("cn-shenzhen"),
            ),
            ("/elsewhere/", "127.0.0.1:80", None),
        ] {
            assert_eq!(of_endpoint(path, host), expected, "{path} {host}");
        }
    }

    #[test]
    fn the_list_can_be_searched() {
        assert!(REGIONS.is_sorted());
    }
}
