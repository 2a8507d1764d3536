//! What the operator intends to do for one resource, in a form that a person can read and that is hashed.
//! One type for all kinds: a call is product, version, action and the flat string parameters that go
//! on the wire. Nothing but the substitution of references happens between a plan and the wire.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many targets a status holds; a plan with more keeps its full list in ConfigMaps.
pub const STATUS_TARGETS: usize = 100;
/// How many calls a plan may have: its execution keeps a record of each in the status.
pub const PLAN_CALLS: usize = 200;

/// How much can go wrong, and therefore who has to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Risk {
    /// Reads only.
    R0,
    /// Bounded, harmless and paid for.
    R1,
    /// Wide, or creates a credential.
    R2,
    /// Costs money, locks, runs code on servers or contains them.
    R3,
    /// Loses protection or hides evidence.
    R4,
}

/// The highest risk of a plan that can be approved in advance.
pub const HIGHEST_STANDING_RISK: Risk = Risk::R1;

impl Risk {
    /// What the class means, for people who approve.
    pub fn meaning(self) -> &'static str {
        match self {
            Risk::R0 => "reads only",
            Risk::R1 => "bounded and harmless",
            Risk::R2 => "wide, or creates a credential",
            Risk::R3 => "costs money, locks, runs code on servers or contains them",
            Risk::R4 => "loses protection or hides evidence",
        }
    }
}

/// Whether a call may be made again when nobody knows if it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Repeat {
    /// With the same client token: the cloud runs it once.
    ClientToken,
    /// Only after the cloud has proved that the first did not run.
    AfterProof,
    /// Once more, because a second run does no harm; recorded as at-least-once.
    Harmless,
    /// Never.
    Never,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedValue {
    /// Name, unique in its list.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Value.
    #[schemars(length(max = 4096))]
    pub value: String,
}

impl NamedValue {
    /// A pair of both.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// Texts put together into as few values as their length allows, under numbered names.
    pub fn chunks(
        prefix: &str,
        texts: impl Iterator<Item = String>,
        separator: char,
        most_bytes: usize,
    ) -> Vec<Self> {
        let mut chunks: Vec<Self> = Vec::new();
        for text in texts {
            match chunks.last_mut() {
                Some(last) if last.value.len() + text.len() < most_bytes => {
                    last.value.push(separator);
                    last.value.push_str(&text);
                }
                _ => chunks.push(Self::new(format!("{prefix}{:02}", chunks.len() + 1), text)),
            }
        }
        chunks
    }
}

/// A parameter of a call: a literal value, or a reference that is resolved when the call is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Name on the wire, such as `Bind.1`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Literal value, sent exactly like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32768))]
    pub value: Option<String>,
    /// Where the value comes from instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<ParameterSource>,
}

impl Parameter {
    /// A parameter that is sent as it is.
    pub fn literal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: Some(value.into()),
            value_from: None,
        }
    }

    /// A parameter that is resolved when the call is made.
    pub fn from(name: impl Into<String>, source: ParameterSource) -> Self {
        Self {
            name: name.into(),
            value: None,
            value_from: Some(source),
        }
    }
}

/// Where a parameter's value comes from. Exactly one field is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParameterSource {
    /// A field of the receipt of an earlier call of the same plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_field: Option<ReceiptField>,
    /// A key of a Secret in the resource's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key: Option<SecretKey>,
    /// The moment of the call plus a duration, in milliseconds since 1970. The last three digits are
    /// a fingerprint of the attempt, by which its effect can be recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_after_call: Option<TimeAfterCall>,
}

/// A field of the receipt of an earlier call of the same plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptField {
    /// Index of the call, from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub call: i32,
    /// Name of the field.
    #[schemars(length(min = 1, max = 253))]
    pub field: String,
}

/// A key of a Secret. The value never stands in a plan; its salted digest does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKey {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key in the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
    /// SHA-256 over the resource's uid and the value: tells whether the value is still the same.
    #[schemars(length(min = 1, max = 128))]
    pub salted_digest: String,
}

/// A time that depends on when the call is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeAfterCall {
    /// Seconds from the call to the wanted time.
    #[schemars(range(min = 1, max = 315_360_000))]
    pub seconds: i64,
    /// Key of a JSON object that holds the time and is sent in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub json_key: Option<String>,
}

/// One call to the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Product code, such as `sas`.
    #[schemars(length(min = 1, max = 32))]
    pub product: String,
    /// API version, such as `2018-12-03`.
    #[schemars(length(min = 1, max = 32))]
    pub version: String,
    /// Action, such as `BindAuthToMachine`.
    #[schemars(length(min = 1, max = 128))]
    pub action: String,
    /// Region that selects the endpoint.
    #[serde(rename = "regionID")]
    #[schemars(length(min = 1, max = 64))]
    pub region_id: String,
    /// Parameters as they go on the wire, sorted by name.
    #[schemars(length(max = 1000))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub parameters: Vec<Parameter>,
    /// Whether the call may be made again when nobody knows if it ran.
    pub repeat: Repeat,
}

impl Call {
    /// The literal value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name == name)?.value.as_deref()
    }
}

/// A server that a plan acts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// UUID of the server in Security Center.
    #[schemars(length(min = 1, max = 128))]
    pub uuid: String,
    /// Instance id at the cloud that runs the server.
    #[serde(default, rename = "instanceID", skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub instance_id: String,
    /// Region of the server.
    #[serde(default, rename = "regionID", skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 64))]
    pub region_id: String,
    /// Name of the server.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub name: String,
    /// What the plan changes, as it was when the plan was made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub current: String,
}

/// What a plan will cost. Quantities are always known, prices only where the price table has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// For people: `412.50 CNY per month`, `none` or `unknown`.
    #[schemars(length(max = 128))]
    pub display: String,
    /// What is used and what one unit costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub items: Vec<CostItem>,
    /// The most that the plan may cost per month, in thousandths of the currency. It is part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub monthly_ceiling_millis: Option<i64>,
    /// ISO 4217 code of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 3))]
    pub currency: Option<String>,
    /// Where the prices are from and of which day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub price_source: Option<String>,
}

/// One quantity of a cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostItem {
    /// What is counted, such as `PayAsYouGo/Ultimate servers`.
    #[schemars(length(max = 128))]
    pub name: String,
    /// How many of it.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub quantity: i64,
    /// Price of one per month in thousandths of the currency; absent where the price table has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub unit_price_millis: Option<i64>,
}

/// Everything the operator will do for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// One line that says what will happen.
    #[schemars(length(max = 1024))]
    pub summary: String,
    /// Risk class.
    pub risk: Risk,
    /// The calls, in the order in which they are made.
    #[schemars(length(max = 200))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub calls: Vec<Call>,
    /// The servers that are touched, sorted by UUID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub targets: Vec<Target>,
    /// Further facts that make the plan right; if one changes the plan is a new one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub values: Vec<NamedValue>,
    /// A call may leave without targets on which it cannot act any more. None is ever added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What the approver should know. Not part of the hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(max = 1024)))]
    pub warnings: Vec<String>,
}

/// A plan as it stands in a status: sealed with its identity, epoch and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedPlan {
    /// `sha256:` and 64 hex digits over the material part of the plan. This is what is approved.
    #[schemars(length(min = 71, max = 71), regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    pub hash: String,
    /// Epoch of the plan: every new plan of a resource has a higher one.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub epoch: i64,
    /// Generation of the spec that the plan was computed from.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub observed_generation: i64,
    /// When the plan was published.
    pub computed_time: Time,
    /// When the plan becomes void if nobody has decided.
    pub expires_time: Time,
    /// The admission policies under which the plan was published. Under others it is published anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub guard: Option<String>,
    /// Id of the cloud account, as the cloud itself says it.
    #[serde(rename = "accountID")]
    #[schemars(length(min = 1, max = 64))]
    pub account_id: String,
    /// Site of the account.
    #[schemars(length(min = 1, max = 16))]
    pub site: String,
    /// Number of targets, also where the list is cut.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub target_count: i64,
    /// Number of calls, also where the list is cut.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub call_count: i64,
    /// SHA-256 over the full plan where the lists here are cut; the hash covers the full plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71))]
    pub full_digest: Option<String>,
    /// ConfigMaps in this namespace that hold the full plan where the lists here are cut, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 253)))]
    pub full_plan_config_maps: Vec<String>,
    /// What will be done.
    #[serde(flatten)]
    pub plan: Plan,
}
