//! `UpdatePostPaidBindRel`: binds servers to a pay-as-you-go edition; version `1` unbinds.
//! It sets a target state, so a repeat has no further effect. HTTP 200 is not success: `ResultCode` is.

use crate::action::SupportsDryRun;

action! {
    /// What to bind. `auto_bind`, `auto_bind_version` and `bind_all` reach beyond the listed servers and
    /// are never set by default.
    pub struct UpdatePostPaidBindRel: Write<Sas> -> PostPaidBound {
        /// Servers by edition.
        bind_action: Vec<BindAction>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
        /// 1 to bind new servers automatically.
        auto_bind: Option<i64>,
        /// Edition that they are bound to.
        auto_bind_version: Option<i64>,
        /// Changes servers only where needed.
        update_if_necessary: Option<bool>,
        /// Product that the authorisation belongs to.
        product_code: Option<String>,
    }
}

part! {
    /// Servers that get one edition.
    pub struct BindAction {
        /// Edition as text; `1` unbinds.
        version: Option<String>,
        /// Uuids of the servers.
        uuid_list: Vec<String>,
        /// Binds every server of the account.
        bind_all: Option<bool>,
        /// Kind of free use.
        free_type: Option<String>,
    }
}

impl SupportsDryRun for UpdatePostPaidBindRel {}

reply! {
    /// The answer.
    pub struct PostPaidBound {
        /// 0 when all went well.
        result_code: Option<i64>,
        /// Servers bound.
        bind_count: Option<i64>,
    }
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
