//! `BindAuthToMachine`: binds servers to a subscription edition or unbinds them.
//! It sets a target state, so a repeat has no further effect. HTTP 200 is not success: `ResultCode` is.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, SupportsDryRun, Write};
use crate::lenient;

/// Servers to bind and to unbind; one of both lists is needed. `bind_all`, `auto_bind` and `criteria`
/// reach beyond the listed servers and are never set by default.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BindAuthToMachine {
    /// Edition to bind: 3 enterprise, 5 advanced, 6 anti-virus, 7 ultimate.
    pub auth_version: Option<i64>,
    /// Uuids of the servers to bind.
    pub bind: Vec<String>,
    /// Uuids of the servers to unbind.
    pub un_bind: Vec<String>,
    /// At most 64 ASCII characters; the same token runs once.
    pub client_token: Option<String>,
    /// 1 to bind new servers automatically.
    pub auto_bind: Option<i64>,
    /// Binds every server of the account.
    pub bind_all: Option<bool>,
    /// JSON list of filters instead of a list of servers.
    pub criteria: Option<String>,
    /// `OR` or `AND` between the filters.
    pub logical_exp: Option<String>,
    /// 1 to bind ahead of an order.
    pub is_pre_bind: Option<i64>,
    /// That order.
    pub pre_bind_order_id: Option<i64>,
    /// Edition of network threat management.
    pub ntm_version: Option<String>,
    /// Product that the authorisation belongs to.
    pub product_code: Option<String>,
    /// Member account of a resource directory.
    pub resource_directory_account_id: Option<i64>,
}

impl Action for BindAuthToMachine {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "BindAuthToMachine";
    const RAM: &'static str = "yundun-sas:BindAuthToMachine";
    type Effect = Write;
    type Response = AuthBound;
}

impl SupportsDryRun for BindAuthToMachine {}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AuthBound {
    /// 0 when all went well.
    #[serde(deserialize_with = "lenient::integer")]
    pub result_code: Option<i64>,
    /// Servers bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub bind_count: Option<i64>,
    /// Servers unbound.
    #[serde(deserialize_with = "lenient::integer")]
    pub un_bind_count: Option<i64>,
    /// Servers that the quota is short of.
    #[serde(deserialize_with = "lenient::integer")]
    pub insufficient_ecs_count: Option<i64>,
    /// Cores that the quota is short of.
    #[serde(deserialize_with = "lenient::integer")]
    pub insufficient_core_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn flattens_both_lists_and_nothing_unasked() {
        let request = BindAuthToMachine {
            auth_version: Some(3),
            bind: vec!["u-1".to_owned(), "u-2".to_owned()],
            un_bind: vec!["u-3".to_owned()],
            ..Default::default()
        };
        let flat: Vec<String> = parameters(&request)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            flat,
            ["AuthVersion=3", "Bind.1=u-1", "Bind.2=u-2", "UnBind.1=u-3"]
        );
    }

    #[test]
    fn reads_the_answer() {
        let text = r#"{"RequestId":"7E0618A9-D5EF-4220-9471-C42B5E92719F","ResultCode":"0","BindCount":2}"#;
        let answer: AuthBound = serde_json::from_str(text).unwrap();
        assert_eq!((answer.result_code, answer.bind_count), (Some(0), Some(2)));
    }
}
