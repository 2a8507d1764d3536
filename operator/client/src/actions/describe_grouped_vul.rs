//! `DescribeGroupedVul`: vulnerabilities, each with the number of servers that have it.

use crate::wire::CommaList;

action! {
    /// Which vulnerabilities, and which page of them.
    pub struct DescribeGroupedVul: Read<Sas> -> GroupedVulnerabilities {
        /// `cve` Linux, `sys` Windows, `cms` web, `app` application, `emg` emergency, `sca` component.
        r#type: Option<String>,
        /// Further types; `sca` goes with `app`.
        attach_types: Option<String>,
        /// Lower case, unlike elsewhere: `y` handled, `n` not.
        dealed: Option<String>,
        /// Urgency, comma-joined: `asap`, `later`, `nntf`.
        necessity: CommaList,
        /// CVE number.
        cve_id: Option<String>,
        /// Name as it is shown.
        alias_name: Option<String>,
        /// Servers.
        uuids: CommaList,
        /// Group of servers.
        group_id: Option<String>,
        /// Cluster.
        cluster_id: Option<String>,
        /// Kind of target.
        target_type: Option<String>,
        /// Kind of asset.
        asset_type: Option<String>,
        /// Labels of vulnerabilities.
        search_tags: Option<String>,
        /// 1 for those that the application protects itself against.
        rasp_defend: Option<i64>,
        /// Field of containers to search.
        container_field_name: Option<String>,
        /// What to find in it.
        container_field_value: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page; the cloud's default is 10.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct GroupedVulnerabilities {
        /// The vulnerabilities of this page.
        grouped_vul_items: Vec<GroupedVulnerability>,
        /// This page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// A vulnerability.
    pub struct GroupedVulnerability {
        /// Name.
        name: Option<String>,
        /// Name as it is shown.
        alias_name: Option<String>,
        /// Type, as in the request.
        r#type: Option<String>,
        /// Servers on which it should be fixed as soon as possible.
        asap_count: Option<i64>,
        /// Servers on which it can wait.
        later_count: Option<i64>,
        /// Servers on which it need not be fixed.
        nntf_count: Option<i64>,
        /// Servers on which it is handled.
        handled_count: Option<i64>,
        /// Fixes so far.
        total_fix_count: Option<i64>,
        /// When it was found first, in milliseconds since 1970.
        gmt_first: Option<i64>,
        /// When it was found last, in milliseconds since 1970.
        gmt_last: Option<i64>,
        /// CVE numbers, comma-joined.
        related: Option<String>,
        /// Labels.
        tags: Option<String>,
        /// 1 when the application protects itself against it.
        rasp_defend: Option<i64>,
    }
}
