//! `UpdatePostPaidBindRel`: binds servers to a pay-as-you-go edition; version `1` unbinds.
//! It sets a target state, so a repeat has no further effect. HTTP 200 is not success: `ResultCode` is.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, SupportsDryRun, Write};
use crate::lenient;

/// What to bind. `auto_bind`, `auto_bind_version` and `bind_all` reach beyond the listed servers and
/// are never set by default.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdatePostPaidBindRel {
    /// Servers by edition.
    pub bind_action: Vec<BindAction>,
    /// At most 64 ASCII characters; the same token runs once.
    pub client_token: Option<String>,
    /// 1 to bind new servers automatically.
    pub auto_bind: Option<i64>,
    /// Edition that they are bound to.
    pub auto_bind_version: Option<i64>,
    /// Changes servers only where needed.
    pub update_if_necessary: Option<bool>,
    /// Product that the authorisation belongs to.
    pub product_code: Option<String>,
}

/// Servers that get one edition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BindAction {
    /// Edition as text; `1` unbinds.
    pub version: Option<String>,
    /// Uuids of the servers.
    pub uuid_list: Vec<String>,
    /// Binds every server of the account.
    pub bind_all: Option<bool>,
    /// Kind of free use.
    pub free_type: Option<String>,
}

impl Action for UpdatePostPaidBindRel {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "UpdatePostPaidBindRel";
    const RAM: &'static str = "yundun-sas:UpdatePostPaidBindRel";
    type Effect = Write;
    type Response = PostPaidBound;
}

impl SupportsDryRun for UpdatePostPaidBindRel {}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PostPaidBound {
    /// 0 when all went well.
    #[serde(deserialize_with = "lenient::integer")]
    pub result_code: Option<i64>,
    /// Servers bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub bind_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn flattens_nested_lists_and_nothing_unasked() {
        let request = UpdatePostPaidBindRel {
            bind_action: vec![BindAction {
                version: Some("3".to_owned()),
                uuid_list: vec!["u-1".to_owned(), "u-2".to_owned()],
                ..Default::default()
            }],
            ..Default::default()
        };
        let flat: Vec<String> = parameters(&request)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let expected = [
            "BindAction.1.UuidList.1=u-1",
            "BindAction.1.UuidList.2=u-2",
            "BindAction.1.Version=3",
        ];
        assert_eq!(flat, expected);
    }

    #[test]
    fn reads_the_answer() {
        let text = r#"{"RequestId":"7E0618A9-D5EF-4220-9471-C42B5E92719F","ResultCode":0,"BindCount":"2"}"#;
        let answer: PostPaidBound = serde_json::from_str(text).unwrap();
        assert_eq!((answer.result_code, answer.bind_count), (Some(0), Some(2)));
    }
}
