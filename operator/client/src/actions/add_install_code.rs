//! `AddInstallCode`: creates an install code. Every run creates one, and the answer does not name it:
//! the new code is found by listing the codes again.

use super::shared::Accepted;

action! {
    /// A new install code. What is left out takes the cloud's default (linux, ALIYUN, not for images).
    pub struct AddInstallCode: Write<Sas> -> Accepted {
        /// End of validity, in milliseconds since 1970.
        expired_date: Option<i64>,
        /// Group that enrolled servers join.
        group_id: Option<i64>,
        /// Whether it serves image templates only; such a code never brings a server online itself.
        only_image: Option<bool>,
        /// `linux` or `windows`.
        os: Option<String>,
        /// Private link.
        private_link_id: Option<i64>,
        /// Proxy cluster that the agent goes through.
        proxy_cluster: Option<String>,
        /// Vendor; it decides the domain that the agent connects to.
        vendor_name: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn flattens_what_is_set() {
        let request = AddInstallCode {
            expired_date: Some(1_767_225_600_123),
            only_image: Some(false),
            os: Some("linux".to_owned()),
            ..Default::default()
        };
        let flat: Vec<String> = parameters(&request)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(flat, ["ExpiredDate=1767225600123", "OnlyImage=false", "Os=linux"]);
    }
}
