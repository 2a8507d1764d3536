//! Every way in which the policies can be missing, changed or idle, one at a time.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;

const OPERATOR: &str = "system:serviceaccount:sas-system:sas-operator";

/// Everything as `config/policy/standard` and `config/policy/stamps` put it on a cluster.
fn intact() -> Snapshot {
    // Made once: the schemas of all kinds are much work.
    static OBJECTS: LazyLock<Vec<DynamicObject>> =
        LazyLock::new(|| expected::documents().into_iter().map(stored).collect());
    static CRDS: LazyLock<Vec<(String, DynamicObject)>> = LazyLock::new(|| {
        let definition = |kind: &crate::KindInfo| {
            let mut crd = serde_json::to_value((kind.crd)()).unwrap();
            crd["metadata"]["uid"] = json!(kind.plural);
            (format!("{}.sas-operator.io", kind.plural), object(crd))
        };
        crate::KINDS.iter().map(definition).collect()
    });
    let crds = CRDS.iter().map(|(name, crd)| (name.clone(), Some(crd.clone())));
    Snapshot {
        user: OPERATOR.to_owned(),
        objects: OBJECTS.iter().cloned().map(Some).collect(),
        crds: crds.collect(),
        probe: refused_by("sas-approval"),
    }
}

/// As the API server returns it: with an identity and with defaults written out.
fn stored(mut document: Value) -> DynamicObject {
    document["metadata"]["uid"] = json!(format!("uid of {}", document["metadata"]["name"]));
    document["metadata"]["generation"] = json!(1);
    if document["spec"]["matchConstraints"].is_object() {
        document["spec"]["matchConstraints"]["namespaceSelector"] = json!({});
        document["spec"]["matchConstraints"]["objectSelector"] = json!({});
        document["spec"]["matchConstraints"]["resourceRules"][0]["scope"] = json!("*");
    }
    object(document)
}

fn object(document: Value) -> DynamicObject {
    serde_json::from_value(document).unwrap()
}

fn refused_by(policy: &str) -> Probe {
    Probe::Refused {
        message: format!("ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: no"),
    }
}

/// The object of a kind and name in a snapshot.
fn of<'a>(snapshot: &'a mut Snapshot, kind: &str, name: &str) -> &'a mut Option<DynamicObject> {
    let index = expected::all()
        .iter()
        .position(|wanted| wanted.kind == kind && wanted.name == name);
    &mut snapshot.objects[index.unwrap()]
}

fn policy<'a>(snapshot: &'a mut Snapshot, name: &str) -> &'a mut Value {
    let found = of(snapshot, "ValidatingAdmissionPolicy", name).as_mut();
    &mut found.unwrap().data["spec"]
}

fn set(snapshot: &mut Snapshot, name: &str, variable: &str, expression: &str) {
    let variables = policy(snapshot, name)["variables"].as_array_mut().unwrap();
    let found = variables.iter_mut().find(|known| known["name"] == variable);
    found.unwrap()["expression"] = json!(expression);
}

#[test]
fn intact_policies_act_with_their_configuration() {
    let rules = judge(&intact()).unwrap();
    assert_eq!(
        (rules.preset, rules.four_eyes),
        (Some(Preset::Standard), FourEyes::WhereKnown)
    );
    assert!(rules.stamped);
    assert!(
        rules
            .gitops
            .contains(&"system:serviceaccount:argocd:argocd-application-controller".to_owned())
    );
    assert!(rules.approver_service_accounts.is_empty());
}

#[test]
fn what_an_installation_chooses_is_read_and_nothing_else_may_differ() {
    let mut snapshot = intact();
    set(&mut snapshot, "sas-approval", "fourEyes", "'Required'");
    set(&mut snapshot, "sas-approval", "preset", "'Strict'");
    set(&mut snapshot, "sas-approval", "wildcardRightsCount", "false");
    set(&mut snapshot, "sas-approval", "impersonatedMayDecide", "false");
    set(
        &mut snapshot,
        "sas-approval",
        "gitops",
        "['system:serviceaccount:cd:cd', 'system:serviceaccount:a:b']",
    );
    set(
        &mut snapshot,
        "sas-approval",
        "approverServiceAccounts",
        "['system:serviceaccount:ops:bot']",
    );
    let rules = judge(&snapshot).unwrap();
    assert_eq!(
        (rules.preset, rules.four_eyes),
        (Some(Preset::Strict), FourEyes::Required)
    );
    assert_eq!(
        rules.gitops,
        ["system:serviceaccount:cd:cd", "system:serviceaccount:a:b"]
    );
    assert_eq!(rules.approver_service_accounts, ["system:serviceaccount:ops:bot"]);

    for (variable, value) in [
        ("mayApprove", "true"),
        ("isWriter", "false"),
        ("deciding", "false"),
    ] {
        let mut snapshot = intact();
        set(&mut snapshot, "sas-approval", variable, value);
        let refusal = judge(&snapshot).unwrap_err();
        assert!(
            refusal.contains("sas-approval is not the one of this version"),
            "{variable}: {refusal}"
        );
    }
}

#[test]
fn configuration_that_cannot_be_read_counts_as_none() {
    for (variable, value) in [
        ("fourEyes", "'Sometimes'"),
        ("fourEyes", "1"),
        ("gitops", "[variables.user]"),
        ("gitops", ""),
    ] {
        let mut snapshot = intact();
        set(&mut snapshot, "sas-approval", variable, value);
        let refusal = judge(&snapshot).unwrap_err();
        assert!(
            refusal.contains("cannot be read"),
            "{variable} = {value}: {refusal}"
        );
    }
}

/// An expression in place of a list could let anybody in.
#[test]
fn who_is_let_in_is_written_out() {
    let everybody = [
        "[request.userInfo.username]",
        "['a'] + ['b']",
        "variables.user",
        "",
    ];
    for (policy, variable) in [
        ("sas-approval", "operator"),
        ("sas-approval", "gitops"),
        ("sas-approval", "approverServiceAccounts"),
        ("sas-status", "operator"),
        ("sas-status", "breakGlassUsers"),
        ("sas-grants", "administrators"),
        ("sas-grants", "administratorGroups"),
    ] {
        for value in everybody {
            let mut snapshot = intact();
            for (variable, value) in [
                ("fourEyes", "'Required'"),
                ("wildcardRightsCount", "false"),
                ("impersonatedMayDecide", "false"),
            ] {
                set(&mut snapshot, "sas-approval", variable, value);
            }
            set(&mut snapshot, policy, variable, value);
            let refusal = judge(&snapshot).unwrap_err();
            assert!(
                refusal.contains("cannot be read") && refusal.contains(variable),
                "{policy} {variable} = {value}: {refusal}"
            );
        }
        let mut snapshot = intact();
        let named = if variable == "operator" {
            format!("'{OPERATOR}'")
        } else {
            "[ 'a','b' ]".into()
        };
        set(&mut snapshot, policy, variable, &named);
        judge(&snapshot).unwrap();
    }
}

#[test]
fn a_missing_or_leaving_object_is_named() {
    for wanted in expected::all() {
        let mut snapshot = intact();
        *of(&mut snapshot, wanted.kind, wanted.name) = None;
        match judge(&snapshot) {
            Ok(rules) => assert!(
                wanted.part != Part::Guard && rules.stamped == (wanted.part != Part::Stamps),
                "{} {}",
                wanted.kind,
                wanted.name
            ),
            Err(refusal) => {
                assert_eq!(wanted.part, Part::Guard);
                assert!(
                    refusal.contains(&format!("{} {} is missing", wanted.kind, wanted.name)),
                    "{refusal}"
                );
            }
        }
    }
    let mut snapshot = intact();
    let binding = of(&mut snapshot, "ValidatingAdmissionPolicyBinding", "sas-status")
        .as_mut()
        .unwrap();
    binding.metadata.deletion_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(
        jiff::Timestamp::UNIX_EPOCH,
    ));
    assert!(
        judge(&snapshot)
            .unwrap_err()
            .contains("sas-status is being deleted")
    );
}

#[test]
fn a_weakened_object_does_not_count() {
    type Weaken = fn(&mut Value);
    let weakened: [(&str, Weaken); 6] = [
        ("ValidatingAdmissionPolicyBinding", |spec| {
            spec["validationActions"] = json!(["Audit"]);
        }),
        ("ValidatingAdmissionPolicyBinding", |spec| {
            spec["matchResources"] = json!({"namespaceSelector": {"matchLabels": {"guarded": "yes"}}});
        }),
        ("ValidatingAdmissionPolicy", |spec| {
            spec["failurePolicy"] = json!("Ignore");
        }),
        ("ValidatingAdmissionPolicy", |spec| {
            spec["matchConditions"] = json!([{"name": "never", "expression": "false"}]);
        }),
        ("ValidatingAdmissionPolicy", |spec| {
            spec["matchConstraints"]["objectSelector"] = json!({"matchLabels": {"guarded": "yes"}});
        }),
        ("ValidatingAdmissionPolicy", |spec| {
            spec["validations"].as_array_mut().unwrap().pop();
        }),
    ];
    for (kind, weaken) in weakened {
        let mut snapshot = intact();
        weaken(&mut of(&mut snapshot, kind, "sas-approval").as_mut().unwrap().data["spec"]);
        let refusal = judge(&snapshot).unwrap_err();
        assert!(refusal.contains("is not the one of this version"), "{refusal}");
    }
}

#[test]
fn a_status_that_is_no_subresource_guards_nothing() {
    let mut snapshot = intact();
    snapshot.crds[1].1.as_mut().unwrap().data["spec"]["versions"][0]["subresources"] = json!({});
    assert!(
        judge(&snapshot)
            .unwrap_err()
            .contains("has lost its status subresource")
    );
    snapshot.crds[1].1 = None;
    assert!(judge(&snapshot).unwrap_err().contains("is missing: apply crds"));
}

#[test]
fn policies_for_another_operator_do_not_count() {
    let mut snapshot = intact();
    snapshot.user = "system:serviceaccount:elsewhere:sas-operator".to_owned();
    let refusal = judge(&snapshot).unwrap_err();
    assert!(refusal.contains("elsewhere"), "{refusal}");
}

#[test]
fn policies_that_are_there_but_do_not_refuse_do_not_count() {
    let mut snapshot = intact();
    snapshot.probe = Probe::Accepted;
    assert!(
        judge(&snapshot)
            .unwrap_err()
            .contains("would store an object that is born approved")
    );
    snapshot.probe = refused_by("another-policy");
    assert!(judge(&snapshot).unwrap_err().contains("another-policy"));
}

#[test]
fn an_object_that_was_replaced_or_changed_is_another_identity() {
    let before = judge(&intact()).unwrap().identity;
    assert_eq!(judge(&intact()).unwrap().identity, before);
    for change in [
        |o: &mut DynamicObject| o.metadata.uid = Some("another".into()),
        |o: &mut DynamicObject| o.metadata.generation = Some(2),
    ] {
        let mut snapshot = intact();
        change(
            of(&mut snapshot, "ValidatingAdmissionPolicyBinding", "sas-approval")
                .as_mut()
                .unwrap(),
        );
        assert_ne!(judge(&snapshot).unwrap().identity, before);
    }
    let without = |part: Part| {
        let mut snapshot = intact();
        let objects = snapshot.objects.iter_mut().zip(expected::all());
        objects
            .filter(|(_, wanted)| wanted.part == part)
            .for_each(|(object, _)| *object = None);
        judge(&snapshot).unwrap().identity
    };
    assert_eq!(without(Part::Grants), before, "Standard does not guard grants");
    // What a removed approval is worth hangs on who stamped it.
    assert_ne!(without(Part::Stamps), before);
}

/// The values of a preset, as `config/policy` sets them.
fn choose(snapshot: &mut Snapshot, preset: Preset) {
    let values = [
        ("fourEyes", format!("'{}'", preset.four_eyes().as_str())),
        ("wildcardRightsCount", preset.wildcard_rights_count().to_string()),
        (
            "impersonatedMayDecide",
            preset.impersonated_may_decide().to_string(),
        ),
    ];
    for (variable, value) in values {
        set(snapshot, "sas-approval", variable, &value);
    }
}

#[test]
fn a_preset_is_known_by_what_it_does() {
    for preset in Preset::ALL {
        let mut snapshot = intact();
        choose(&mut snapshot, preset);
        set(&mut snapshot, "sas-approval", "preset", "'Whatever'");
        let rules = judge(&snapshot).unwrap();
        assert_eq!(rules.preset, Some(preset));
        assert!(rules.meaning().contains(preset.as_str()), "{}", rules.meaning());
    }
    let mut snapshot = intact();
    set(&mut snapshot, "sas-approval", "impersonatedMayDecide", "false");
    let rules = judge(&snapshot).unwrap();
    assert_eq!(rules.preset, None);
    assert!(rules.meaning().contains("a mixture of presets"));
}

#[test]
fn the_strict_preset_needs_the_policy_about_grants() {
    for (preset, needed) in [(Preset::Standard, false), (Preset::Strict, true)] {
        let mut snapshot = intact();
        choose(&mut snapshot, preset);
        *of(&mut snapshot, "ValidatingAdmissionPolicyBinding", "sas-grants") = None;
        assert_eq!(judge(&snapshot).is_err(), needed, "{preset:?}");
    }
}

#[test]
fn every_fault_is_found_at_once() {
    let mut snapshot = intact();
    *of(&mut snapshot, "ValidatingAdmissionPolicyBinding", "sas-approval") = None;
    *of(&mut snapshot, "ValidatingAdmissionPolicy", "sas-status") = None;
    snapshot.crds[0].1 = None;
    let found = faults(&snapshot);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(faults(&intact()).is_empty());
}

#[test]
fn stamps_for_another_operator_count_as_none() {
    let mut snapshot = intact();
    let stamp = of(&mut snapshot, "MutatingAdmissionPolicy", "sas-stamp-requester");
    let variables = stamp.as_mut().unwrap().data["spec"]["variables"]
        .as_array_mut()
        .unwrap();
    let operator = variables
        .iter_mut()
        .find(|variable| variable["name"] == "operator");
    operator.unwrap()["expression"] = json!("'somebody'");
    assert!(!judge(&snapshot).unwrap().stamped);
}
