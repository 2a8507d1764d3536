//! `AddInstallCode`: creates an install code. Every run creates one, and the answer does not name it:
//! the new code is found by listing the codes again.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Write};

/// A new install code. What is left out takes the cloud's default (linux, ALIYUN, not for images).
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddInstallCode {
    /// End of validity, in milliseconds since 1970.
    pub expired_date: Option<i64>,
    /// Group that enrolled servers join.
    pub group_id: Option<i64>,
    /// Whether it serves image templates only; such a code never brings a server online itself.
    pub only_image: Option<bool>,
    /// `linux` or `windows`.
    pub os: Option<String>,
    /// Private link.
    pub private_link_id: Option<i64>,
    /// Proxy cluster that the agent goes through.
    pub proxy_cluster: Option<String>,
    /// Vendor; it decides the domain that the agent connects to.
    pub vendor_name: Option<String>,
}

impl Action for AddInstallCode {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "AddInstallCode";
    const RAM: &'static str = "yundun-sas:AddInstallCode";
    type Effect = Write;
    type Response = InstallCodeAdded;
}

/// The answer: nothing but the request id that every reply has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InstallCodeAdded {}

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

    #[test]
    fn reads_the_answer() {
        let text = r#"{"RequestId":"F5CF78A7-30AA-59DB-847F-13EE3AE7****"}"#;
        assert_eq!(
            serde_json::from_str::<InstallCodeAdded>(text).unwrap(),
            InstallCodeAdded {}
        );
    }
}
