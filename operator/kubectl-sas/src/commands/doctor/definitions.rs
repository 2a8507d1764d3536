//! Whether the API server serves every kind, with a status of its own, as this version defines it. Who may
//! not read definitions still learns what is served.

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::Api;
use sas_api::{GROUP, KINDS, KindInfo, VERSION};

use super::finding::{Area, Finding};
use crate::cluster::Cluster;

const AREA: Area = Area("Kinds");
const APPLY: &str = "kubectl apply --server-side -f crds/";

/// Looks at all kinds.
pub async fn look(cluster: &Cluster) -> Vec<Finding> {
    let served = match cluster
        .client
        .list_api_group_resources(&format!("{GROUP}/{VERSION}"))
        .await
    {
        Ok(served) => served,
        Err(kube::Error::Api(status)) if status.code == 404 => APIResourceList::default(),
        Err(error) => return vec![AREA.unseen("the kinds that the API server serves", &error)],
    };
    let mut findings = unserved(&served);
    let definitions = Api::<CustomResourceDefinition>::all(cluster.client.clone());
    for kind in KINDS {
        let name = format!("{}.{GROUP}", kind.plural);
        match definitions.get_opt(&name).await {
            Ok(Some(found)) => findings.extend(difference(kind, &found)),
            // Not served, which is said already.
            Ok(None) => {}
            Err(error) => {
                findings.push(AREA.unseen("the definitions, to tell their version", &error));
                break;
            }
        }
    }
    if findings.is_empty() {
        findings.push(AREA.ok(format!(
            "all {} kinds are served as this version defines them",
            KINDS.len()
        )));
    }
    findings
}

fn unserved(served: &APIResourceList) -> Vec<Finding> {
    let has = |name: &str| served.resources.iter().any(|resource| resource.name == name);
    let judge = |kind: &KindInfo| {
        let message = if !has(kind.plural) {
            format!("{} is not served as {GROUP}/{VERSION}", kind.kind)
        } else if has(&format!("{}/status", kind.plural)) {
            return None;
        } else {
            format!(
                "{} has no status subresource: anybody could write a status",
                kind.kind
            )
        };
        Some(AREA.error(message, APPLY))
    };
    KINDS.iter().filter_map(judge).collect()
}

/// How a definition differs from the one of this version, in its fields.
fn difference(kind: &KindInfo, found: &CustomResourceDefinition) -> Option<Finding> {
    let (wanted, found) = (fields(&(kind.crd)()), fields(found));
    let list = |fields: Vec<&String>| {
        let shown: Vec<&str> = fields.iter().take(3).map(|field| field.as_str()).collect();
        let more = fields.len().saturating_sub(shown.len());
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        format!("{}{more}", shown.join(", "))
    };
    let missing: Vec<&String> = wanted.difference(&found).collect();
    let unknown: Vec<&String> = found.difference(&wanted).collect();
    if !missing.is_empty() {
        let message = format!(
            "the definition of {} is older than this version: it lacks {}",
            kind.kind,
            list(missing)
        );
        return Some(AREA.error(message, APPLY));
    }
    (!unknown.is_empty()).then(|| {
        let message = format!(
            "the definition of {} is newer than this version: it has {}",
            kind.kind,
            list(unknown)
        );
        AREA.warning(
            message,
            "kubectl krew upgrade sas, or install the newer kubectl-sas",
        )
    })
}

/// The paths of all fields of the served version.
fn fields(definition: &CustomResourceDefinition) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let versions = definition.spec.versions.iter();
    for version in versions.filter(|version| version.name == VERSION && version.served) {
        if let Some(schema) = version
            .schema
            .as_ref()
            .and_then(|s| s.open_api_v3_schema.as_ref())
        {
            for part in ["spec", "status"] {
                if let Some(schema) = schema.properties.as_ref().and_then(|parts| parts.get(part)) {
                    collect(part, schema, &mut fields);
                }
            }
        }
    }
    fields
}

fn collect(path: &str, schema: &JSONSchemaProps, fields: &mut BTreeSet<String>) {
    for (name, schema) in schema.properties.iter().flatten() {
        let path = format!("{path}.{name}");
        collect(&path, schema, fields);
        fields.insert(path);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
        collect(path, items, fields);
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;

    use super::super::finding::Level;
    use super::*;

    fn all_served() -> APIResourceList {
        let names = KINDS
            .iter()
            .flat_map(|kind| [kind.plural.to_owned(), format!("{}/status", kind.plural)]);
        APIResourceList {
            resources: names
                .map(|name| APIResource {
                    name,
                    ..APIResource::default()
                })
                .collect(),
            ..APIResourceList::default()
        }
    }

    #[test]
    fn what_is_not_served_is_named() {
        assert!(unserved(&all_served()).is_empty());
        let mut served = all_served();
        served.resources.retain(|resource| resource.name != "sasaccounts");
        served
            .resources
            .retain(|resource| resource.name != "sasauthbindings/status");
        let found = unserved(&served);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].message.contains("SasAccount is not served"));
        assert!(
            found[1]
                .message
                .contains("SasAuthBinding has no status subresource")
        );
    }

    #[test]
    fn another_version_of_a_definition_is_told_apart() {
        for kind in KINDS {
            let same = (kind.crd)();
            assert_eq!(difference(kind, &same), None, "{}", kind.kind);
            assert!(fields(&same).len() > 10, "{}", kind.kind);
            let change = |part: &str, change: fn(&mut JSONSchemaProps)| {
                let mut changed = (kind.crd)();
                let schema = changed.spec.versions[0].schema.as_mut().unwrap();
                let schema = schema.open_api_v3_schema.as_mut().unwrap();
                change(schema.properties.as_mut().unwrap().get_mut(part).unwrap());
                difference(kind, &changed).map(|finding| finding.level)
            };
            let lacks = change("status", |status| {
                status.properties.as_mut().unwrap().remove("conditions");
            });
            assert_eq!(lacks, Some(Level::Error));
            let has = change("spec", |spec| {
                let fields = spec.properties.as_mut().unwrap();
                fields.insert("later".to_owned(), JSONSchemaProps::default());
            });
            assert_eq!(has, Some(Level::Warning));
        }
    }
}
