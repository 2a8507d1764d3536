//! `GetCallerIdentity` of STS: whose key this is. It needs no permission.

action! {
    /// The identity behind the key.
    pub struct GetCallerIdentity: Read<Sts> -> CallerIdentity {}
}

reply! {
    /// The answer.
    pub struct CallerIdentity {
        /// Account that the identity belongs to.
        account_id: Option<String>,
        /// Full name of the identity.
        arn: Option<String>,
        /// `Account`, `RAMUser` or `AssumedRoleUser`.
        identity_type: Option<String>,
        /// Id of the user or role session.
        principal_id: Option<String>,
        /// Id of the RAM user.
        user_id: Option<String>,
        /// Id of the role.
        role_id: Option<String>,
    }
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
