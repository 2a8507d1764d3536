//! The admission policies: text templates in `policy/`, filled in for every write kind and for each preset.
//! Templates and not values, so that the comments reach the person who audits the files on a cluster.

use sas_api::KindInfo;
use sas_api::guard::Preset;

const OPERATOR: &str = "system:serviceaccount:sas-system:sas-operator";
/// Service accounts of GitOps controllers as their own installations name them.
const GITOPS: [&str; 3] = [
    "system:serviceaccount:argocd:argocd-application-controller",
    "system:serviceaccount:flux-system:kustomize-controller",
    "system:serviceaccount:flux-system:helm-controller",
];
/// Who may give the right to approve: what `kubeadm` and managed clusters call their administrator.
const ADMINISTRATORS: [&str; 2] = ["kubernetes-admin", "admin"];

/// Paths under `config/policy` with their contents.
pub fn files(kinds: &[KindInfo]) -> Vec<(String, String)> {
    let mut files = vec![(
        "stamps/stamps.yaml".to_owned(),
        fill(include_str!("policy/stamps.yaml"), &common(kinds)),
    )];
    for preset in Preset::ALL {
        let folder = preset.folder();
        let mut values = common(kinds);
        values.extend([
            ("preset", preset.as_str().to_owned()),
            ("fourEyes", preset.four_eyes().as_str().to_owned()),
            ("wildcardRightsCount", preset.wildcard_rights_count().to_string()),
            (
                "impersonatedMayDecide",
                preset.impersonated_may_decide().to_string(),
            ),
        ]);
        let mut templates = vec![
            ("approval", include_str!("policy/approval.yaml")),
            ("status", include_str!("policy/status.yaml")),
        ];
        if preset.guards_grants() {
            templates.push(("grants", include_str!("policy/grants.yaml")));
        }
        for (name, template) in templates {
            files.push((format!("{folder}/{name}.yaml"), fill(template, &values)));
        }
    }
    files
}

fn common(kinds: &[KindInfo]) -> Vec<(&'static str, String)> {
    let plurals = |wanted: fn(&KindInfo) -> bool| -> Vec<_> {
        let kinds = kinds.iter().filter(|kind| wanted(kind));
        kinds.map(|kind| kind.plural).collect()
    };
    let writing = plurals(|kind| kind.writes);
    let with_writers = plurals(KindInfo::writers_count);
    let statuses: Vec<_> = kinds
        .iter()
        .map(|kind| format!("{}/status", kind.plural))
        .collect();
    vec![
        ("writeKinds", format!("[{}]", writing.join(", "))),
        ("kindsWithWriters", format!("[{}]", with_writers.join(", "))),
        ("writeKindsInCel", cel_list(&writing)),
        ("statusOfAllKinds", format!("[{}]", statuses.join(", "))),
        ("operator", OPERATOR.to_owned()),
        ("gitops", format!("\"{}\"", cel_list(&GITOPS))),
        ("administrators", format!("\"{}\"", cel_list(&ADMINISTRATORS))),
    ]
}

fn cel_list(values: &[&str]) -> String {
    format!("['{}']", values.join("', '"))
}

/// Puts each value where the template says `{{name}}`.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let filled = values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    });
    assert!(
        !filled.contains("{{"),
        "a template names a value that does not exist"
    );
    filled
}
