//! GetCallerIdentity of STS: whose key signed the request. Needs no permission, as in the cloud.

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::ids::ram_id;

pub const ACTION: Action = Action {
    needs_permission: false,
    ..Action::read(Product::Sts, "GetCallerIdentity", run)
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    account_id: String,
    arn: String,
    identity_type: &'static str,
    principal_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let account = call.account_id;
    let of_account = |rest: &str| format!("acs:ram::{account}:{rest}");
    let response = match (&call.key.security_token, &call.key.user_name) {
        (Some(_), name) => {
            let role = name.as_deref().unwrap_or("role");
            let role_id = ram_id('3', account, &role.to_ascii_lowercase());
            let session = call.key.session_name.as_deref().unwrap_or("session");
            Response {
                account_id: account.to_owned(),
                arn: of_account(&format!("assumed-role/{role}/{session}")),
                identity_type: "AssumedRoleUser",
                principal_id: format!("{role_id}:{session}"),
                role_id: Some(role_id),
                user_id: None,
            }
        }
        (None, Some(name)) => {
            let user_id = ram_id('2', account, name);
            Response {
                account_id: account.to_owned(),
                arn: of_account(&format!("user/{name}")),
                identity_type: "RAMUser",
                principal_id: user_id.clone(),
                role_id: None,
                user_id: Some(user_id),
            }
        }
        (None, None) => Response {
            account_id: account.to_owned(),
            arn: of_account("root"),
            identity_type: "Account",
            principal_id: account.to_owned(),
            role_id: None,
            user_id: Some(account.to_owned()),
        },
    };
    Ok(Outcome::unchanged(&response))
}
