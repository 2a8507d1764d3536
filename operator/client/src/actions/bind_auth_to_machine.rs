//! `BindAuthToMachine`: binds servers to a subscription edition or unbinds them.
//! It sets a target state, so a repeat has no further effect. HTTP 200 is not success: `ResultCode` is.

use super::shared::Criterion;
use crate::action::SupportsDryRun;
use crate::wire::Json;

action! {
    /// Servers to bind and to unbind; one of both lists is needed. `bind_all`, `auto_bind` and `criteria`
    /// reach beyond the listed servers and are never set by default.
    pub struct BindAuthToMachine: Write<Sas> -> AuthBound {
        /// Edition to bind: 3 enterprise, 5 advanced, 6 anti-virus, 7 ultimate.
        auth_version: Option<i64>,
        /// Uuids of the servers to bind.
        bind: Vec<String>,
        /// Uuids of the servers to unbind.
        un_bind: Vec<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
        /// 1 to bind new servers automatically.
        auto_bind: Option<i64>,
        /// Binds every server of the account.
        bind_all: Option<bool>,
        /// Filters instead of a list of servers.
        criteria: Option<Json<Vec<Criterion>>>,
        /// `OR` or `AND` between the filters.
        logical_exp: Option<String>,
        /// 1 to bind ahead of an order.
        is_pre_bind: Option<i64>,
        /// That order.
        pre_bind_order_id: Option<i64>,
        /// Edition of network threat management.
        ntm_version: Option<String>,
        /// Product that the authorisation belongs to.
        product_code: Option<String>,
        /// Member account of a resource directory.
        resource_directory_account_id: Option<i64>,
    }
}

impl SupportsDryRun for BindAuthToMachine {}

reply! {
    /// The answer.
    pub struct AuthBound {
        /// 0 when all went well.
        result_code: Option<i64>,
        /// Servers bound.
        bind_count: Option<i64>,
        /// Servers unbound.
        un_bind_count: Option<i64>,
        /// Servers that the quota is short of.
        insufficient_ecs_count: Option<i64>,
        /// Cores that the quota is short of.
        insufficient_core_count: Option<i64>,
    }
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
