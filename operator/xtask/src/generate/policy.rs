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
            ("standing", include_str!("policy/standing.yaml")),
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
        ("approveRightVariables", approve_right_variables(kinds)),
        ("approveRightRules", approve_right_rules(kinds)),
        ("operator", OPERATOR.to_owned()),
        ("gitops", format!("\"{}\"", cel_list(&GITOPS))),
        ("administrators", format!("\"{}\"", cel_list(&ADMINISTRATORS))),
    ]
}

/// One variable per kind: what one expression may cost allows two questions about rights and no more.
fn approve_right_variables(kinds: &[KindInfo]) -> String {
    let variable = |kind: &KindInfo| {
        format!(
            "  - name: mayApprove{}\n    expression: |-\n      authorizer.group('approval.sas-operator.io').resource('{}')\n        \
             .namespace(request.namespace).check('approve').allowed()",
            kind.kind, kind.plural
        )
    };
    let writing = kinds.iter().filter(|kind| kind.writes);
    writing.map(variable).collect::<Vec<_>>().join("\n")
}

fn approve_right_rules(kinds: &[KindInfo]) -> String {
    let rule = |kind: &KindInfo| {
        let kind_name = kind.kind;
        format!(
            "  - expression: \"!variables.specChanged || !('{kind_name}' in variables.kinds) || variables.mayApprove{kind_name}\"\n    \
             reason: Forbidden\n    message: >-\n      a policy that approves {kind_name} needs the verb approve on {} in the API group\n      \
             approval.sas-operator.io, for all names of this namespace; ask an approver to write it",
            kind.plural
        )
    };
    let writing = kinds.iter().filter(|kind| kind.writes);
    writing.map(rule).collect::<Vec<_>>().join("\n")
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
