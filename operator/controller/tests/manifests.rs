//! The generated definitions against what people apply: every rule between fields accepts and refuses
//! what its table says, and every sample is a valid object. Rules run as the API server would run them,
//! on the files of `crds/`; bounds are the server's own and tried there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kube::core::cel::Validator;
use sas_api::kinds::{
    SasAccount, SasAlertAction, SasAlertPolicy, SasAlertReport, SasApprovalPolicy, SasAuthBinding,
    SasInstallCode, SasRiskReport, SasScanJob, SasScanSchedule,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A case of a table.
#[derive(Deserialize)]
struct Case {
    name: String,
    accept: bool,
    message: Option<String>,
    object: Value,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// The schema in the generated definition of a kind.
fn schema(kind: &str) -> Value {
    let info = sas_api::KINDS.iter().find(|info| info.kind == kind).unwrap();
    let text = read(&root().join(format!("crds/{}.yaml", info.plural)));
    let definition: Value = serde_saphyr::from_str(&text).unwrap();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

fn complaints(object: &Value) -> Vec<String> {
    let schema = schema(object["kind"].as_str().unwrap());
    match Validator::new().validate_with_defaults(&schema, object, None) {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_vec().into_iter().map(|error| error.message).collect(),
    }
}

/// Reads an object as the operator does, and runs the rules of the derived definition on it too.
fn typed(object: &Value) {
    fn fits<K: DeserializeOwned>(object: &Value) -> K {
        let mut object = object.clone();
        object["metadata"]["name"] = "case".into();
        serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{error}: {object}"))
    }
    match object["kind"].as_str() {
        Some("SasApprovalPolicy") => fits::<SasApprovalPolicy>(object).validate_cel().unwrap(),
        Some("SasAccount") => fits::<SasAccount>(object).validate_cel().unwrap(),
        Some("SasInstallCode") => fits::<SasInstallCode>(object).validate_cel().unwrap(),
        Some("SasAuthBinding") => fits::<SasAuthBinding>(object).validate_cel().unwrap(),
        Some("SasRiskReport") => fits::<SasRiskReport>(object).validate_cel().unwrap(),
        Some("SasAlertReport") => fits::<SasAlertReport>(object).validate_cel().unwrap(),
        Some("SasAlertPolicy") => fits::<SasAlertPolicy>(object).validate_cel().unwrap(),
        Some("SasScanJob") => fits::<SasScanJob>(object).validate_cel().unwrap(),
        Some("SasScanSchedule") => fits::<SasScanSchedule>(object).validate_cel().unwrap(),
        Some("SasAlertAction") => fits::<SasAlertAction>(object).validate_cel().unwrap(),
        other => panic!("unknown kind {other:?}"),
    }
}

fn cases() -> Vec<Case> {
    let tables = files("operator/api/testdata/cel");
    tables
        .iter()
        .flat_map(|file| serde_saphyr::from_str::<Vec<Case>>(&read(file)).unwrap())
        .collect()
}

#[test]
fn rules_accept_and_refuse_what_their_tables_say() {
    for case in cases() {
        let complaints = complaints(&case.object);
        if case.accept {
            assert!(complaints.is_empty(), "{}: {complaints:?}", case.name);
            typed(&case.object);
        } else {
            let expected = case.message.as_deref().expect("a refused case names its message");
            assert!(
                complaints.iter().any(|message| message.contains(expected)),
                "{}: {complaints:?}",
                case.name
            );
        }
    }
}

/// Messages of all rules below `schema` that look at one version of an object only.
fn messages(schema: &Value, found: &mut BTreeSet<String>) {
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if !rule["rule"].as_str().unwrap().contains("oldSelf") {
            found.insert(rule["message"].as_str().expect("a rule has a message").to_owned());
        }
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| messages(value, found)),
        Value::Array(items) => items.iter().for_each(|value| messages(value, found)),
        _ => {}
    }
}

#[test]
fn every_rule_has_a_case_that_it_refuses() {
    let cases = cases();
    for info in sas_api::KINDS {
        let mut rules = BTreeSet::new();
        messages(&schema(info.kind), &mut rules);
        // The rules of a template are those of the kind that is made from it, and are tried there too.
        let tried = |kind: &Value| *kind == info.kind || info.spawns.iter().any(|child| *kind == *child);
        let refused = cases
            .iter()
            .filter(|case| !case.accept && tried(&case.object["kind"]));
        let refused: Vec<_> = refused.filter_map(|case| case.message.clone()).collect();
        for rule in rules {
            assert!(
                refused.iter().any(|message| rule.contains(message)),
                "{}: {rule}",
                info.kind
            );
        }
    }
}

#[test]
fn every_kind_has_a_sample_and_every_sample_is_valid() {
    let mut kinds = BTreeSet::new();
    let folders = [
        "config/samples",
        "config/samples/accounts",
        "config/samples/approvals",
    ];
    for file in folders.into_iter().flat_map(files) {
        let object: Value = serde_saphyr::from_str(&read(&file)).unwrap();
        let ours = object["apiVersion"].as_str().unwrap().starts_with(sas_api::GROUP);
        if ours {
            assert_eq!(complaints(&object), Vec::<String>::new(), "{}", file.display());
            typed(&object);
            kinds.insert(object["kind"].as_str().unwrap().to_owned());
        }
    }
    let expected = sas_api::KINDS.iter().map(|info| info.kind.to_owned()).collect();
    assert_eq!(kinds, expected);
}

/// The objects in the YAML blocks of a page.
fn blocks(page: &str) -> Vec<Value> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks
        .map(|block| serde_saphyr::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

#[test]
fn every_example_of_a_kind_shows_it_and_is_valid() {
    for info in sas_api::KINDS {
        let file = root().join(format!("docs/examples/{}.md", info.kind.to_lowercase()));
        let objects = blocks(&read(&file));
        assert!(
            objects.iter().any(|object| object["kind"] == info.kind),
            "{}",
            file.display()
        );
        for object in objects {
            assert_eq!(complaints(&object), Vec::<String>::new(), "{}", file.display());
            typed(&object);
        }
    }
}

/// The schemas of all lists of this name below `schema`.
fn lists<'a>(schema: &'a Value, names: &[&str], found: &mut Vec<&'a Value>) {
    if let Value::Object(fields) = schema {
        let properties = fields.get("properties").and_then(Value::as_object);
        let wanted = properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| names.contains(&name.as_str()));
        found.extend(wanted.map(|(_, list)| list));
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| lists(value, names, found)),
        Value::Array(items) => items.iter().for_each(|value| lists(value, names, found)),
        _ => {}
    }
}

#[test]
fn no_id_of_a_server_can_name_two() {
    let mut kinds = 0;
    for info in sas_api::KINDS {
        let schema = schema(info.kind);
        let mut found = Vec::new();
        lists(
            &schema["properties"]["spec"],
            &["uuids", "instanceIDs"],
            &mut found,
        );
        kinds += usize::from(!found.is_empty());
        for list in found {
            assert_eq!(
                list["items"]["pattern"], "^[A-Za-z0-9._:/@=+-]+$",
                "{}: {list}",
                info.kind
            );
        }
    }
    assert!(kinds >= 5, "only {kinds} kinds name servers");
}
