//! Holds the registry complete and every name equal to the vendor's models.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::*;
use crate::action::{Action, DryRun, Effect, SupportsDryRun, parameters};

/// The vendor's model of an action, names only.
#[derive(Deserialize)]
struct Model {
    product: String,
    version: String,
    method: String,
    access: String,
    ram: String,
    query: Vec<String>,
    body: Vec<String>,
    response: Value,
}

fn models() -> BTreeMap<String, Model> {
    serde_json::from_str(include_str!("../../testdata/actions.json")).unwrap()
}

#[test]
fn the_registry_lists_every_file_of_this_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/actions");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|stem| stem != "mod" && stem != "tests")
        .collect();
    let snake = |name: &str| {
        name.replace("OIDC", "Oidc")
            .chars()
            .fold(String::new(), |mut text, letter| {
                if letter.is_ascii_uppercase() && !text.is_empty() {
                    text.push('_');
                }
                text.push(letter.to_ascii_lowercase());
                text
            })
    };
    let listed: BTreeSet<String> = ALL.iter().map(|action| snake(action.name)).collect();
    assert_eq!(listed, files);
    assert_eq!(listed.len(), ALL.len(), "an action is listed twice");
}

#[test]
fn no_delete_class_action_is_compiled_in() {
    let forbidden = ["Delete", "Remove", "Release", "Destroy"];
    for action in ALL {
        assert!(
            !forbidden.iter().any(|verb| action.name.starts_with(verb)),
            "{}",
            action.name
        );
    }
}

#[test]
fn facts_match_the_vendors_models() {
    let models = models();
    assert_eq!(models.len(), ALL.len());
    for action in ALL {
        let model = &models[action.name];
        let access = if action.effect == Effect::Read {
            "read"
        } else {
            "write"
        };
        let facts = (
            action.product.name(),
            action.version,
            action.method,
            access,
            action.ram,
        );
        let expected = (
            model.product.as_str(),
            model.version.as_str(),
            model.method.as_str(),
            model.access.as_str(),
            model.ram.as_str(),
        );
        assert_eq!(facts, expected, "{}", action.name);
    }
}

/// `Bind.1` and `BindAction.2.UuidList.10` in the models' spelling `Bind.N`, `BindAction.N.UuidList.M`.
fn pattern(wire_name: &str) -> String {
    let mut letters = ["N", "M", "K"].into_iter();
    let parts = wire_name.split('.').map(|part| match part.parse::<u32>() {
        Ok(_) => letters.next().unwrap(),
        Err(_) => part,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Compares the names and positions of a request in which every field is set.
fn check_request<A: Action>(full: &A) {
    let model = &models()[A::NAME];
    let sent: BTreeSet<String> = parameters(full).keys().map(|name| pattern(name)).collect();
    let (body, query): (BTreeSet<_>, BTreeSet<_>) = sent
        .into_iter()
        .partition(|name| A::BODY.contains(&name.split('.').next().unwrap_or_default()));
    let modelled = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    let (model_query, model_body) = (modelled(&model.query), modelled(&model.body));
    assert!(
        query.is_subset(&model_query),
        "{}: {query:?} is not in {model_query:?}",
        A::NAME
    );
    assert!(
        body.is_subset(&model_body),
        "{}: {body:?} is not in {model_body:?}",
        A::NAME
    );
    if ActionInfo::of::<A>().effect == Effect::Write {
        let missing: Vec<_> = model_query
            .difference(&query)
            .filter(|name| *name != "DryRun")
            .collect();
        assert!(missing.is_empty(), "{} cannot carry {missing:?}", A::NAME);
        assert_eq!(body, model_body, "{}", A::NAME);
    }
}

fn check_dry_run<A: SupportsDryRun + Clone>(request: &A) {
    assert!(
        models()[A::NAME].query.contains(&"DryRun".to_owned()),
        "{}",
        A::NAME
    );
    assert_eq!(
        parameters(&DryRun::of(request.clone()))
            .get("DryRun")
            .map(String::as_str),
        Some("true")
    );
}

fn text() -> String {
    "text".to_owned()
}

#[test]
fn requests_use_the_vendors_names_and_positions() {
    check_request(&DescribeCloudCenterInstances {
        criteria: Some(text()),
        logical_exp: Some(text()),
        machine_types: Some(text()),
        current_page: Some(1),
        page_size: Some(1),
        use_next_token: Some(true),
        next_token: Some(text()),
        no_group_trace: Some(true),
    });
    check_request(&AddInstallCode {
        expired_date: Some(1),
        group_id: Some(1),
        only_image: Some(true),
        os: Some(text()),
        private_link_id: Some(1),
        proxy_cluster: Some(text()),
        vendor_name: Some(text()),
    });
    check_request(&GetServerlessAuthSummary {
        machine_type: Some(text()),
        vendor_type: Some(text()),
        app_region_id: Some(text()),
    });
    let bind = BindAuthToMachine {
        auth_version: Some(1),
        bind: vec![text()],
        un_bind: vec![text()],
        client_token: Some(text()),
        auto_bind: Some(1),
        bind_all: Some(true),
        criteria: Some(text()),
        logical_exp: Some(text()),
        is_pre_bind: Some(1),
        pre_bind_order_id: Some(1),
        ntm_version: Some(text()),
        product_code: Some(text()),
        resource_directory_account_id: Some(1),
    };
    check_request(&bind);
    check_dry_run(&bind);
    let update = UpdatePostPaidBindRel {
        bind_action: vec![BindAction {
            version: Some(text()),
            uuid_list: vec![text()],
            bind_all: Some(true),
            free_type: Some(text()),
        }],
        client_token: Some(text()),
        auto_bind: Some(1),
        auto_bind_version: Some(1),
        update_if_necessary: Some(true),
        product_code: Some(text()),
    };
    check_request(&update);
    check_dry_run(&update);
    // These send nothing, and their models know nothing worth sending.
    check_request(&DescribeInstallCodes {});
    check_request(&DescribeVendorList {});
    check_request(&GetAuthSummary {});
    check_request(&DescribeVersionConfig {});
    check_request(&GetCallerIdentity {});
    check_request(&AssumeRole {
        role_arn: text(),
        role_session_name: text(),
        duration_seconds: Some(1),
        policy: Some(text()),
        external_id: Some(text()),
        source_identity: Some(text()),
    });
    check_request(&AssumeRoleWithOidc {
        role_arn: text(),
        oidc_provider_arn: text(),
        oidc_token: text().into(),
        role_session_name: text(),
        duration_seconds: Some(1),
        policy: Some(text()),
    });
}

#[test]
fn responses_use_the_vendors_names() {
    check_response::<CloudCenterInstances>("DescribeCloudCenterInstances", &[]);
    check_response::<CloudCenterInstance>("DescribeCloudCenterInstances", &["Instances"]);
    check_response::<PageInfo>("DescribeCloudCenterInstances", &["PageInfo"]);
    check_response::<InstallCodes>("DescribeInstallCodes", &[]);
    check_response::<InstallCode>("DescribeInstallCodes", &["InstallCodes"]);
    check_response::<VendorList>("DescribeVendorList", &[]);
    check_response::<AuthSummary>("GetAuthSummary", &[]);
    check_response::<MachineSummary>("GetAuthSummary", &["Machine"]);
    check_response::<VersionSummary>("GetAuthSummary", &["VersionSummary"]);
    check_response::<PostPaidVersionSummary>("GetAuthSummary", &["PostPaidVersionSummary"]);
    check_response::<VersionConfig>("DescribeVersionConfig", &[]);
    check_response::<ServerlessAuth>("GetServerlessAuthSummary", &[]);
    check_response::<ServerlessAuthSummary>("GetServerlessAuthSummary", &["Data"]);
    check_response::<AuthBound>("BindAuthToMachine", &[]);
    check_response::<PostPaidBound>("UpdatePostPaidBindRel", &[]);
    check_response::<CallerIdentity>("GetCallerIdentity", &[]);
    check_response::<AssumedRole>("AssumeRole", &[]);
    check_response::<AssumedRoleUser>("AssumeRole", &["AssumedRoleUser"]);
    check_response::<TemporaryKey>("AssumeRole", &["Credentials"]);
    check_response::<AssumedRoleWithOidc>("AssumeRoleWithOIDC", &[]);
    check_response::<TemporaryKey>("AssumeRoleWithOIDC", &["Credentials"]);
    check_response::<OidcTokenInfo>("AssumeRoleWithOIDC", &["OIDCTokenInfo"]);
}

#[test]
fn the_merged_version_has_no_field() {
    assert!(
        models()["DescribeVersionConfig"]
            .response
            .get("MergedVersion")
            .is_some()
    );
    assert!(!field_names::<VersionConfig>().contains(&"MergedVersion"));
}

/// Compares the field names of `T` with the model's structure at `path` (lists are looked into).
fn check_response<T: for<'de> Deserialize<'de>>(action: &str, path: &[&str]) {
    let models = models();
    let structure = path.iter().fold(&models[action].response, |structure, field| {
        match &structure[field] {
            Value::Array(items) => &items[0],
            inner => inner,
        }
    });
    let names = field_names::<T>();
    assert!(!names.is_empty(), "{action} {path:?} has no fields");
    for name in names {
        assert!(structure.get(name).is_some(), "{action} {path:?} has no {name}");
    }
}

/// The names that the derived reader of `T` asks for.
fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    let refused = T::deserialize(FieldNames(&mut names));
    assert!(refused.is_err(), "the probe never gives a value");
    names
}

struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(Self::Error::custom(fmt::Error))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom(fmt::Error))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
