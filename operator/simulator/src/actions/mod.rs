//! The registry of cloud actions: one file each and one line here.

#![allow(
    clippy::unnecessary_wraps,
    reason = "all actions have one signature, also those that refuse nothing"
)]
#![allow(clippy::struct_field_names, reason = "the vendor named the fields")]

mod add_install_code;
mod bind_auth_to_machine;
mod describe_cloud_assistant_status;
mod describe_cloud_center_instances;
mod describe_commands;
mod describe_install_codes;
mod describe_instances;
mod describe_invocation_results;
mod describe_invocations;
mod describe_vendor_list;
mod describe_version_config;
mod get_auth_summary;
mod get_caller_identity;
mod get_serverless_auth_summary;
mod invoke_command;
mod run_command;
mod update_post_paid_bind_rel;

use crate::action::Action;

/// All actions the simulator knows.
pub const ALL: &[Action] = &[
    add_install_code::ACTION,
    bind_auth_to_machine::ACTION,
    describe_cloud_assistant_status::ACTION,
    describe_cloud_center_instances::ACTION,
    describe_commands::ACTION,
    describe_install_codes::ACTION,
    describe_instances::ACTION,
    describe_invocation_results::ACTION,
    describe_invocations::ACTION,
    describe_vendor_list::ACTION,
    describe_version_config::ACTION,
    get_auth_summary::ACTION,
    get_caller_identity::ACTION,
    get_serverless_auth_summary::ACTION,
    invoke_command::ACTION,
    run_command::ACTION,
    update_post_paid_bind_rel::ACTION,
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

    #[test]
    fn the_manual_names_every_action() {
        let manual = include_str!("../../../../docs/simulator.md");
        for action in ALL {
            assert!(manual.contains(action.name), "{}", action.name);
        }
    }
}
