//! The registry of cloud actions: one file each and one line here.

#![allow(
    clippy::unnecessary_wraps,
    reason = "all actions have one signature, also those that refuse nothing"
)]
#![allow(clippy::struct_field_names, reason = "the vendor named the fields")]

mod add_asset_selection_criteria;
mod add_install_code;
mod add_uninstall_clients_by_uuids;
mod assume_role;
mod assume_role_with_oidc;
mod bind_auth_to_machine;
mod cancel_once_task;
mod check_security_event_id;
mod create_asset_selection_config;
mod create_or_update_asset_group;
mod create_virus_scan_once_task;
mod describe_agent_install_status;
mod describe_all_groups;
mod describe_cloud_assistant_status;
mod describe_cloud_center_instances;
mod describe_commands;
mod describe_grouped_vul;
mod describe_install_codes;
mod describe_instances;
mod describe_invocation_results;
mod describe_invocations;
mod describe_once_task;
mod describe_property_sca_detail;
mod describe_security_event_mark_miss_list;
mod describe_security_event_operation_status;
mod describe_security_event_operations;
mod describe_strategy;
mod describe_strategy_detail;
mod describe_strategy_exec_detail;
mod describe_susp_event_quara_files;
mod describe_susp_events;
mod describe_vendor_list;
mod describe_version_config;
mod exec_strategy;
mod generate_once_task;
mod get_asset_selection_config;
mod get_auth_summary;
mod get_caller_identity;
mod get_last_once_task_info;
mod get_serverless_auth_summary;
mod get_virus_scan_latest_task_statistic;
mod handle_security_events;
mod invoke_command;
mod list_asset_selection_selected_target;
mod list_check_item_warning_summary;
mod list_unfinished_once_task;
mod list_uninstall_aegis_machines;
mod list_virus_scan_machine;
mod list_virus_scan_machine_event;
mod list_virus_scan_task;
mod modify_post_pay_module_switch;
mod modify_push_all_task;
mod modify_start_vul_scan;
mod operate_agent_client_install;
mod operation_cancel_ignore_susp_event;
mod refresh_assets;
mod rollback_susp_event_quara_file;
mod run_command;
mod update_post_paid_bind_rel;
mod update_selection_key_by_type;

use crate::action::Action;

/// All actions the simulator knows.
pub const ALL: &[Action] = &[
    add_asset_selection_criteria::ACTION,
    add_install_code::ACTION,
    add_uninstall_clients_by_uuids::ACTION,
    assume_role::ACTION,
    assume_role_with_oidc::ACTION,
    bind_auth_to_machine::ACTION,
    cancel_once_task::ACTION,
    check_security_event_id::ACTION,
    create_asset_selection_config::ACTION,
    create_or_update_asset_group::ACTION,
    create_virus_scan_once_task::ACTION,
    describe_agent_install_status::ACTION,
    describe_all_groups::ACTION,
    describe_cloud_assistant_status::ACTION,
    describe_cloud_center_instances::ACTION,
    describe_commands::ACTION,
    describe_grouped_vul::ACTION,
    describe_install_codes::ACTION,
    describe_instances::ACTION,
    describe_invocation_results::ACTION,
    describe_invocations::ACTION,
    describe_once_task::ACTION,
    describe_property_sca_detail::ACTION,
    describe_security_event_mark_miss_list::ACTION,
    describe_security_event_operation_status::ACTION,
    describe_security_event_operations::ACTION,
    describe_strategy::ACTION,
    describe_strategy_detail::ACTION,
    describe_strategy_exec_detail::ACTION,
    describe_susp_event_quara_files::ACTION,
    describe_susp_events::ACTION,
    describe_vendor_list::ACTION,
    describe_version_config::ACTION,
    exec_strategy::ACTION,
    generate_once_task::ACTION,
    get_asset_selection_config::ACTION,
    get_auth_summary::ACTION,
    get_caller_identity::ACTION,
    get_last_once_task_info::ACTION,
    get_serverless_auth_summary::ACTION,
    get_virus_scan_latest_task_statistic::ACTION,
    handle_security_events::ACTION,
    invoke_command::ACTION,
    list_asset_selection_selected_target::ACTION,
    list_check_item_warning_summary::ACTION,
    list_unfinished_once_task::ACTION,
    list_uninstall_aegis_machines::ACTION,
    list_virus_scan_machine::ACTION,
    list_virus_scan_machine_event::ACTION,
    list_virus_scan_task::ACTION,
    modify_post_pay_module_switch::ACTION,
    modify_push_all_task::ACTION,
    modify_start_vul_scan::ACTION,
    operate_agent_client_install::ACTION,
    operation_cancel_ignore_susp_event::ACTION,
    refresh_assets::ACTION,
    rollback_susp_event_quara_file::ACTION,
    run_command::ACTION,
    update_post_paid_bind_rel::ACTION,
    update_selection_key_by_type::ACTION,
];

/// The action of this name.
pub fn find(name: &str) -> Option<&'static Action> {
    ALL.iter().find(|action| action.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_registered_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/actions");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', ""))
            .filter(|name| name != "mod")
            .collect();
        let mut names: Vec<String> = ALL.iter().map(|action| action.name.to_lowercase()).collect();
        files.sort();
        names.sort();
        assert_eq!(names, files);
    }
}
