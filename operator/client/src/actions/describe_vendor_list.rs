//! `DescribeVendorList`: the vendor names that an install code may carry.

action! {
    /// The vendor names.
    pub struct DescribeVendorList: Read<Sas> -> VendorList {}
}

reply! {
    /// The answer.
    pub struct VendorList {
        /// Names such as `ALIYUN` and `OTHER`.
        vendor_name_list: Vec<String>,
    }
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
