//! `DescribeSuspEventQuaraFiles`: files in quarantine.

action! {
    /// Which files, and which page of them.
    pub struct DescribeSuspEventQuaraFiles: Read<Sas> -> QuarantinedFiles {
        /// `quaraDone` in quarantine, `quaraFailed`, `rollbackDone`, `rollbackFailed` and others.
        status: Option<String>,
        /// Label of the quarantine.
        quara_tag: Option<String>,
        /// Source product; `sas`.
        from: Option<String>,
        /// Group of servers.
        group_id: Option<String>,
        /// The same as a number.
        grouping_id: Option<i64>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct QuarantinedFiles {
        /// The files of this page.
        quara_files: Vec<QuarantinedFile>,
        /// Rows on this page.
        count: Option<i64>,
        /// This page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// A file in quarantine.
    pub struct QuarantinedFile {
        /// Id.
        id: Option<i64>,
        /// Path on the server.
        path: Option<String>,
        /// MD5 of the file.
        md5: Option<String>,
        /// State, as in the request.
        status: Option<String>,
        /// Name of the alert.
        event_name: Option<String>,
        /// Type of the alert.
        event_type: Option<String>,
        /// When its state changed last: a text in UTC+8.
        modify_time: Option<String>,
        /// Label.
        tag: Option<String>,
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
    }
}
