//! Which data centre a request is for. Security Center has two that share nothing: one for the
//! mainland regions, one for all others. A test that overrides the endpoint has one address for
//! both, so besides the host name also a path prefix tells them apart.

/// The data centre of the mainland regions and the default.
pub const MAINLAND: &str = "cn-shanghai";
/// The data centre of all other regions.
pub const INTERNATIONAL: &str = "ap-southeast-1";

const ALL: [&str; 2] = [MAINLAND, INTERNATIONAL];

/// The data centre by, in this order: the path prefix `/cn-shanghai/` or `/ap-southeast-1/`, a
/// label of the host name (`tds.ap-southeast-1.aliyuncs.com`), the parameter `RegionId`, the default.
pub fn data_centre(path: &str, host: &str, region_id: &str) -> &'static str {
    let prefix = path.trim_matches('/');
    if let Some(centre) = ALL.into_iter().find(|name| *name == prefix) {
        return centre;
    }
    let labels = host.split([':', '.']);
    if let Some(centre) = labels
        .into_iter()
        .find_map(|label| ALL.into_iter().find(|name| *name == label))
    {
        return centre;
    }
    if region_id.is_empty() || region_id.starts_with("cn-") {
        MAINLAND
    } else {
        INTERNATIONAL
    }
}

/// Whether the path is one of the two prefixes.
pub fn is_prefix(path: &str) -> bool {
    ALL.contains(&path.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_wins_over_host_and_host_over_region() {
        for (path, host, region, expected) in [
            ("/", "127.0.0.1:80", "", MAINLAND),
            ("/", "127.0.0.1:80", "cn-hangzhou", MAINLAND),
            ("/", "127.0.0.1:80", "cn-hongkong", MAINLAND),
            ("/", "127.0.0.1:80", "eu-central-1", INTERNATIONAL),
            (
                "/",
                "tds.ap-southeast-1.aliyuncs.com",
                "cn-hangzhou",
                INTERNATIONAL,
            ),
            ("/", "tds.cn-shanghai.aliyuncs.com", "us-east-1", MAINLAND),
            ("/", "ap-southeast-1.localhost:8080", "", INTERNATIONAL),
            (
                "/ap-southeast-1/",
                "tds.cn-shanghai.aliyuncs.com",
                "",
                INTERNATIONAL,
            ),
            (
                "/cn-shanghai",
                "tds.ap-southeast-1.aliyuncs.com",
                "us-east-1",
                MAINLAND,
            ),
        ] {
            assert_eq!(
                data_centre(path, host, region),
                expected,
                "{path} {host} {region}"
            );
        }
    }
}
