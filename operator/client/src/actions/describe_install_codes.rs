//! `DescribeInstallCodes`: all install codes of the account, expired ones included.
//! Whoever has a code can enrol a server, so it is a secret type that is never shown.

use secrecy::SecretString;

action! {
    /// All install codes.
    pub struct DescribeInstallCodes: Read<Sas> -> InstallCodes {}
}

reply! {
    /// The answer.
    pub struct InstallCodes {
        /// The codes.
        install_codes: Vec<InstallCode>,
    }

    /// An install code.
    pub struct InstallCode {
        /// The code itself.
        captcha_code: Option<SecretString>,
        /// End of validity, in milliseconds since 1970.
        expired_date: Option<i64>,
        /// Group that enrolled servers join.
        group_id: Option<i64>,
        /// Name of that group.
        group_name: Option<String>,
        /// Whether it serves image templates only.
        only_image: Option<bool>,
        /// `linux` or `windows`.
        os: Option<String>,
        /// Endpoint of a private link.
        private_link_endpoint_id: Option<i64>,
        /// Proxy cluster that the agent goes through.
        proxy_cluster: Option<String>,
        /// Vendor; it decides the domain that the agent connects to.
        vendor_name: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn reads_codes_and_never_shows_them() {
        let answer: InstallCodes = serde_json::from_str(
            r#"{"RequestId":"F5CF78A7-30AA-59DB-847F-13EE3AE7****","InstallCodes":[{"VendorName":"ALIYUN",
            "Os":"linux","OnlyImage":false,"ExpiredDate":1637229479000,"GroupId":"8076980",
            "CaptchaCode":"Wk9SQ0"}]}"#,
        )
        .unwrap();
        let code = &answer.install_codes[0];
        assert_eq!(
            code.captcha_code.as_ref().map(ExposeSecret::expose_secret),
            Some("Wk9SQ0")
        );
        assert_eq!(
            (code.expired_date, code.group_id),
            (Some(1_637_229_479_000), Some(8_076_980))
        );
        assert!(!format!("{answer:?}").contains("Wk9SQ0"));
    }
}
