//! `DescribePropertyScaDetail`: middleware, databases, web services and AI components found on servers.
//! The answer's list is called `Propertys`.

use super::shared::PageInfo;

action! {
    /// What to look for, and which page of it.
    pub struct DescribePropertyScaDetail: Read<Sas> -> ScaProperties {
        /// Inventory: `sca`, `sca_database`, `sca_web`; `sca_ai` is observed but not documented.
        biz: Option<String>,
        /// Kind within the inventory.
        biz_type: Option<String>,
        /// Exact name.
        sca_name: Option<String>,
        /// Part of a name.
        sca_name_pattern: Option<String>,
        /// Version.
        sca_version: Option<String>,
        /// Security Center's id of one server.
        uuid: Option<String>,
        /// Name or address of servers.
        remark: Option<String>,
        /// Port that it listens on.
        port: Option<String>,
        /// Process id.
        pid: Option<String>,
        /// User that runs it.
        user: Option<String>,
        /// Earliest start of the process, in seconds since 1970.
        process_started_start: Option<i64>,
        /// Latest start of the process, in seconds since 1970.
        process_started_end: Option<i64>,
        /// Field to search: `name` or `type`.
        search_item: Option<String>,
        /// What to find in it.
        search_info: Option<String>,
        /// Second field to search: `port`, `pid`, `version` or `user`.
        search_item_sub: Option<String>,
        /// What to find in that.
        search_info_sub: Option<String>,
        /// Further fields to search.
        search_criteria_list: Vec<SearchCriterion>,
        /// `zh` or `en`.
        lang: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Pages by token instead of number.
        use_next_token: Option<bool>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

part! {
    /// A field and what to find in it.
    pub struct SearchCriterion {
        /// Name of the field.
        name: Option<String>,
        /// What to find.
        value: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct ScaProperties {
        /// The components of this page.
        propertys: Vec<ScaProperty>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A component on a server.
    pub struct ScaProperty {
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// The address that is shown.
        ip: Option<String>,
        /// Name of the component.
        name: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Kind.
        r#type: Option<String>,
        /// Kind within the inventory.
        biz_type: Option<String>,
        /// Where it is installed.
        path: Option<String>,
        /// Its configuration file.
        config_path: Option<String>,
        /// Its web root.
        web_path: Option<String>,
        /// How it was started.
        cmdline: Option<String>,
        /// Process id.
        pid: Option<String>,
        /// User that runs it.
        process_user: Option<String>,
        /// Start of the process, in seconds since 1970.
        process_started: Option<i64>,
        /// When it was seen last, in milliseconds since 1970.
        create_timestamp: Option<i64>,
        /// Address that it listens on.
        listen_ip: Option<String>,
        /// Port that it listens on.
        port: Option<String>,
        /// Protocol that it listens for.
        listen_protocol: Option<String>,
        /// Container.
        container_name: Option<String>,
        /// Image of the container.
        image_name: Option<String>,
        /// Pod.
        pod_name: Option<String>,
    }
}
