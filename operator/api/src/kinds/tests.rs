//! Holds the list of kinds to what every kind must have: the columns people look at, a status
//! subresource, the shared rules, and CEL rules that accept and refuse what they should.

use super::*;

fn columns(info: &KindInfo) -> Vec<String> {
    let crd = (info.crd)();
    let columns = crd.spec.versions[0]
        .additional_printer_columns
        .clone()
        .unwrap_or_default();
    columns
        .iter()
        .map(|c| {
            format!(
                "{} <- {} (priority {})",
                c.name,
                c.json_path,
                c.priority.unwrap_or(0)
            )
        })
        .collect()
}

#[test]
fn print_columns() {
    let all: Vec<_> = KINDS.iter().map(|info| (info.kind, columns(info))).collect();
    insta::assert_yaml_snapshot!(all);
}

#[test]
fn every_kind_is_complete() {
    for info in KINDS {
        let crd = (info.crd)();
        assert_eq!(crd.spec.names.kind, info.kind);
        assert_eq!(crd.spec.names.plural, info.plural);
        assert_eq!(crd.spec.names.short_names.unwrap_or_default(), [info.short_name]);
        assert_eq!(crd.spec.group, crate::GROUP);
        assert!(
            crd.spec
                .names
                .categories
                .unwrap_or_default()
                .contains(&"sas".to_owned()),
            "{}",
            info.kind
        );
        let version = &crd.spec.versions[0];
        assert_eq!(version.name, crate::VERSION);
        assert!(
            version.subresources.as_ref().is_some_and(|s| s.status.is_some()),
            "{}",
            info.kind
        );
        let schema = version
            .schema
            .as_ref()
            .and_then(|s| s.open_api_v3_schema.as_ref())
            .expect("schema");
        let rules = schema.x_kubernetes_validations.clone().unwrap_or_default();
        for message in [EPOCH_MESSAGE, EXECUTED_EPOCH_MESSAGE] {
            assert_eq!(
                rules.iter().any(|r| r.message.as_deref() == Some(message)),
                info.writes,
                "{} {message}",
                info.kind
            );
        }
        let spec = schema.properties.as_ref().and_then(|fields| fields.get("spec"));
        let rules = spec.and_then(|spec| spec.x_kubernetes_validations.clone());
        let never_changes = rules.iter().flatten().any(|rule| rule.rule == "self == oldSelf");
        assert_eq!(
            never_changes, info.one_shot,
            "{}: a job's spec never changes",
            info.kind
        );
        assert!(info.writes || !info.one_shot, "{}: a job writes", info.kind);
        for child in info.spawns {
            assert!(
                KINDS.iter().any(|info| info.kind == *child),
                "{}: there is no {child}",
                info.kind
            );
        }
        if info.writes {
            for wanted in ["Phase", "Risk", "Targets", "Cost", "Reason", "Age"] {
                assert!(
                    columns(info).iter().any(|c| c.starts_with(&format!("{wanted} "))),
                    "{} {wanted}",
                    info.kind
                );
            }
        }
    }
}
