//! Which servers a spec means. The cloud narrows a list where it can; whether a server matches is
//! decided here, from its row, so that a filter that the cloud ignores cannot widen a plan.

use std::collections::BTreeSet;

use sas_api::kinds::auth_binding::{ServerSelector, TargetSelection};
use sas_client::actions::{Criterion, DescribeCloudCenterInstances};

use super::server::Server;

/// What the cloud is asked for: pairs of a filter and its value, all of which have to hold. Empty, it
/// is the whole list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Search(BTreeSet<(&'static str, String)>);

impl Search {
    /// The narrowest list that holds everything a selector can match. A field with several values cannot
    /// be told to the cloud together with other fields, because it knows one way to combine them only.
    pub fn of(selector: &ServerSelector) -> Self {
        let fields = [
            ("groupName", &selector.group_names),
            ("regionId", &selector.region_ids),
            ("tagName", &selector.tags),
            ("clusterId", &selector.cluster_ids),
        ];
        let single = fields.into_iter().filter(|(_, values)| values.len() == 1);
        Self(single.map(|(name, values)| (name, values[0].clone())).collect())
    }

    /// The request for its first page. Pages by token hold still while servers come and go.
    pub fn request(&self) -> DescribeCloudCenterInstances {
        let filters = self.0.iter().map(|(name, value)| Criterion::new(*name, value));
        DescribeCloudCenterInstances {
            use_next_token: Some(true),
            ..super::request(filters.collect(), "AND")
        }
    }
}

/// Whether a server is among the targets of a spec, by id or by selector.
pub fn targets_match(targets: &TargetSelection, server: &Server) -> bool {
    targets.uuids.contains(&server.uuid)
        || (!server.instance_id.is_empty() && targets.instance_ids.contains(&server.instance_id))
        || targets
            .selector
            .as_ref()
            .is_some_and(|selector| matches(selector, server))
}

/// Whether a server fits every field of a selector that is set.
pub fn matches(selector: &ServerSelector, server: &Server) -> bool {
    let any = |wanted: &[String], has: &dyn Fn(&String) -> bool| wanted.is_empty() || wanted.iter().any(has);
    any(&selector.group_names, &|name| server.groups.contains(name))
        && any(&selector.region_ids, &|region| server.region_id == *region)
        && any(&selector.tags, &|tag| server.tags.contains(tag))
        && any(&selector.names, &|pattern| fits(pattern, &server.name))
        && any(&selector.cluster_ids, &|cluster| server.cluster_id == *cluster)
}

/// Whether a text fits a pattern in which `*` stands for any text.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use sas_client::wire::Json;

    use super::*;

    #[test]
    fn patterns() {
        let table = [
            ("web-1", "web-1", true),
            ("web-1", "web-11", false),
            ("web-*", "web-", true),
            ("web-*", "web-11", true),
            ("*-1", "web-1", true),
            ("*-1", "web-12", false),
            ("w*b*1", "web-1", true),
            ("w*b*1", "w1", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a**a", "aba", true),
            ("é*", "école", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn selector(json: serde_json::Value) -> ServerSelector {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn every_field_has_to_fit_and_any_of_its_values() {
        let server = Server {
            name: "web-1".into(),
            region_id: "cn-hangzhou".into(),
            groups: vec!["web".into()],
            tags: vec!["demo".into(), "web".into()],
            ..Default::default()
        };
        let table = [
            (serde_json::json!({"groupNames": ["web"]}), true),
            (
                serde_json::json!({"groupNames": ["db", "web"], "tags": ["demo"]}),
                true,
            ),
            (
                serde_json::json!({"groupNames": ["web"], "tags": ["prod"]}),
                false,
            ),
            (
                serde_json::json!({"names": ["db-*", "web-*"], "regionIDs": ["cn-hangzhou"]}),
                true,
            ),
            (serde_json::json!({"clusterIDs": ["c1"]}), false),
        ];
        for (json, expected) in table {
            assert_eq!(matches(&selector(json.clone()), &server), expected, "{json}");
        }
    }

    #[test]
    fn only_fields_with_one_value_narrow_the_list() {
        let search = Search::of(&selector(
            serde_json::json!({"groupNames": ["a", "b"], "tags": ["t"], "names": ["n"]}),
        ));
        let request = search.request();
        assert_eq!(request.criteria, Some(Json(vec![Criterion::new("tagName", "t")])));
        assert_eq!(request.logical_exp, None);
        let request =
            Search::of(&selector(serde_json::json!({"groupNames": ["a"], "tags": ["t"]}))).request();
        assert_eq!(request.logical_exp.as_deref(), Some("AND"));
        assert_eq!(
            Search::of(&selector(serde_json::json!({"names": ["n"]})))
                .request()
                .criteria,
            None
        );
    }
}
