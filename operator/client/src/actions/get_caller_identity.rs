//! `GetCallerIdentity` of STS: whose key this is. It needs no permission.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// The identity behind the key.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetCallerIdentity {}

impl Action for GetCallerIdentity {
    const PRODUCT: Product = Product::Sts;
    const NAME: &'static str = "GetCallerIdentity";
    const RAM: &'static str = "sts:GetCallerIdentity";
    type Effect = Read;
    type Response = CallerIdentity;
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CallerIdentity {
    /// Account that the identity belongs to.
    #[serde(deserialize_with = "lenient::text")]
    pub account_id: Option<String>,
    /// Full name of the identity.
    pub arn: Option<String>,
    /// `Account`, `RAMUser` or `AssumedRoleUser`.
    pub identity_type: Option<String>,
    /// Id of the user or role session.
    #[serde(deserialize_with = "lenient::text")]
    pub principal_id: Option<String>,
    /// Id of the RAM user.
    #[serde(deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// Id of the role.
    #[serde(deserialize_with = "lenient::text")]
    pub role_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_identity_with_text_or_number_ids() {
        let identity: CallerIdentity = serde_json::from_str(
            r#"{"IdentityType":"RAMUser","AccountId":196813200012****,"UserId":"216959339000****","RequestId":"A1"}"#
                .replace("****", "1234")
                .as_str(),
        )
        .unwrap();
        assert_eq!(identity.account_id.as_deref(), Some("1968132000121234"));
        assert_eq!(identity.user_id.as_deref(), Some("2169593390001234"));
    }
}
