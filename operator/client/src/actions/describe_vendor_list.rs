//! `DescribeVendorList`: the vendor names that an install code may carry.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// The vendor names.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DescribeVendorList {}

impl Action for DescribeVendorList {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "DescribeVendorList";
    const RAM: &'static str = "yundun-sas:DescribeVendorList";
    type Effect = Read;
    type Response = VendorList;
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct VendorList {
    /// Names such as `ALIYUN` and `OTHER`.
    #[serde(deserialize_with = "lenient::list")]
    pub vendor_name_list: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names() {
        let text =
            r#"{"RequestId":"28267723-D857-4DD8-B295-013100000000","VendorNameList":["ALIYUN","OTHER"]}"#;
        assert_eq!(
            serde_json::from_str::<VendorList>(text).unwrap().vendor_name_list,
            ["ALIYUN", "OTHER"]
        );
        let text = r#"{"RequestId":"28267723-D857-4DD8-B295-013100000000","VendorNameList":null}"#;
        assert!(
            serde_json::from_str::<VendorList>(text)
                .unwrap()
                .vendor_name_list
                .is_empty()
        );
    }
}
