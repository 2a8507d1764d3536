//! Flows over a real control plane, a simulated cloud and the operator as a process. Without a control
//! plane (`SAS_TESTS_DIR`, set by `cargo xtask test flows`) every one is reported as ignored, never as
//! passed. Flows run side by side; what disturbs all of them, such as a restart of the API server, runs
//! alone after the others.

mod account;
mod admission_bounds;
mod admission_rights;
mod admission_rules;
mod alert_policy;
mod alerts;
mod alerts_faults;
mod apiserver;
mod attacks;
mod batches;
mod crash;
mod credentials;
mod faults;
mod gate;
mod gitops;
mod guard;
mod happy;
mod isolation;
mod lasting;
mod legal;
mod outputs;
mod own_identity;
mod plugin;
mod plugin_doctor;
mod plugin_page;
mod random;
mod recommendation;
mod recovery;
mod replicas;
mod reports;
mod rush;
mod scan;
mod scan_binding;
mod scan_crash;
mod scan_faults;
mod scan_partial;
mod scan_stop;
mod schedule;
mod schedule_faults;
mod standing;
mod undo;

use std::future::Future;
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use sas_api::guard::Preset;
use sas_api::kinds::{SasAlertAction, SasAuthBinding, SasInstallCode};
use sas_sim::Stage;
use sas_tests::World;
use sas_tests::gitops::TOOLS;
use tokio::runtime::Runtime;

use crate::crash::{Boundary, CancelIgnore, RestoreFile, Subject};

/// Flows mostly wait, so more of them than processors run at once.
const SIDE_BY_SIDE: usize = 10;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("the threads of a runtime can be started"));

/// Makes a trial of `module::function` for each function, which takes the world.
macro_rules! trials {
    ($world:expr; $($module:ident: $($function:ident),+;)+) => {
        vec![$($(trial(
            concat!(stringify!($module), "::", stringify!($function)),
            $world,
            $module::$function,
        ),)+)+]
    };
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        anyhow::bail!("a TLS provider is installed already");
    }
    let world = World::from_environment()?;
    if world.is_none() && !arguments.list {
        println!("skipped: run `cargo xtask test flows`");
    }
    arguments.test_threads = arguments.test_threads.or(Some(SIDE_BY_SIDE));
    let world = world.as_ref();
    let mut together = admission(world);
    let mut apart = admission_alone(world);
    if world.is_none_or(|world| !world.admission_only) {
        together.splice(0..0, side_by_side(world));
        apart.extend(alone(world));
    }
    let together = libtest_mimic::run(&arguments, together);
    arguments.test_threads = Some(1);
    let alone = libtest_mimic::run(&arguments, apart);
    Ok(if together.has_failed() {
        together.exit_code()
    } else {
        alone.exit_code()
    })
}

/// Flows that disturb nobody, those that take long first.
fn side_by_side(world: Option<&World>) -> Vec<Trial> {
    let mut trials = interruptions::<SasInstallCode>(world, "SasInstallCode");
    trials.extend(interruptions::<SasAuthBinding>(world, "SasAuthBinding"));
    trials.extend(interruptions::<SasAlertAction>(world, "SasAlertAction"));
    trials.extend(interruptions::<CancelIgnore>(world, "CancelIgnore"));
    trials.extend(interruptions::<RestoreFile>(world, "RestoreFile"));
    trials.extend(interrupted_scans(world));
    trials.extend(scans_and_alerts(world));
    trials.extend(gitops_tools(world));
    trials.extend(trials! { world;
        random: every_write_was_approved_by_somebody_who_may;
        lasting: drift_needs_a_new_approval, a_waiting_plan_holds_still,
            a_converged_resource_costs_no_write, a_plan_that_became_wrong_is_replaced,
            a_deletion_changes_nothing_in_the_cloud, a_deletion_under_way_undoes_nothing;
        replicas: the_second_takes_over_a_write, a_replica_that_is_asked_to_end_hands_over,
            losing_the_lease_ends_the_process;
        rush: an_alert_overtakes_a_hundred_scans;
        faults: a_forbidden_write_goes_on_when_the_policy_is_fixed,
            a_forbidden_read_goes_on_when_the_policy_is_fixed,
            wrong_credentials_go_on_when_the_secret_is_fixed, expired_credentials_keep_the_approval,
            a_missing_key_in_the_secret_is_named,
            a_throttled_write_waits_as_long_as_the_cloud_says,
            a_throttled_write_without_a_time_waits_a_little, throttled_reads_delay_a_plan,
            a_refused_write_fails_and_a_retry_needs_a_new_approval;
        gate: an_approval_can_end, a_loss_of_protection_needs_a_comment_and_somebody_else,
            only_the_whole_hash_counts, without_approval_nothing_happens,
            the_hash_of_another_plan_does_not_count, an_edit_after_the_approval_needs_a_new_one,
            a_change_in_the_cloud_after_the_approval_needs_a_new_one,
            a_rejection_stops_until_a_new_plan_is_asked_for, a_pause_holds_an_approved_plan,
            one_server_has_one_binding, a_recreated_resource_needs_its_own_approval;
        batches: a_large_plan_is_shown_in_full_and_carried_out, a_crash_between_two_calls_repeats_none,
            a_revocation_between_two_calls_stops_the_rest, a_pause_between_two_calls_holds_the_rest;
        recovery: an_effect_that_lags_is_waited_for, a_code_that_runs_out_is_renewed_by_a_new_plan;
        account: each_data_centre_speaks_for_itself, a_part_that_cannot_be_read_blanks_nothing_else,
            a_binding_acts_in_its_data_centre;
        reports: risks_are_counted_and_the_worst_are_listed, risks_of_some_servers_are_theirs_alone,
            a_section_that_cannot_be_read_blanks_no_other, a_report_without_any_right_names_one,
            many_alerts_are_read_page_by_page, alerts_are_told_in_the_wanted_language_and_state;
        credentials: a_wrong_role_costs_one_call_per_pause, an_approval_outlives_the_key,
            another_account_needs_another_approval, a_rotated_key_below_a_role_is_used_at_once;
        own_identity: the_service_account_needs_no_stored_key, the_role_of_the_server_acts,
            a_tenant_cannot_be_the_operator;
        apiserver: an_object_that_changed_is_judged_again,
            an_approval_taken_back_at_the_last_moment_counts, an_edit_at_the_last_moment_counts,
            an_intent_that_is_stored_late_is_used, an_outage_while_a_plan_waits,
            an_outage_before_the_receipt_is_stored;
        isolation: an_undecodable_object_stops_no_other, a_broken_account_stops_no_other,
            an_account_decides_which_namespaces_may_use_it,
            a_hanging_action_does_not_hold_up_other_kinds,
            many_silent_accounts_stop_no_other;
        outputs: secrets_appear_nowhere, a_fitting_code_is_adopted_without_a_write,
            adopt_never_creates, a_deleted_secret_is_restored,
            a_secret_of_somebody_else_is_left_alone, the_operator_reads_secrets_by_name_only;
        happy: binding_by_subscription, binding_by_use, install_code_is_created,
            with_the_newer_signature, two_ways_to_pay_need_a_choice, kubectl_shows_what_waits;
        plugin_doctor: the_first_manifests_are_accepted, names_are_completed;
        plugin_page: the_page_for_approvers_is_what_happens;
        admission_bounds: spec_bounds_hold, status_bounds_hold, every_field_is_bounded,
            definitions_are_served_without_warnings;
        admission_rules: every_rule_accepts_and_refuses, a_new_resource_is_not_finished,
            a_misspelt_field_is_refused, the_epoch_never_falls;
        admission_rights: the_operator_cannot_list_secrets, the_developer_cannot_write_a_status,
            the_approver_can_only_annotate;
        plugin: a_later_plan_is_shown_against_the_approved_one,
            refusals_are_the_servers_own_words, a_decision_replaces_the_one_before,
            steering_leaves_the_decision_alone, several_plans_are_approved_together_or_not_at_all,
            a_plan_that_changes_while_it_is_read_is_not_approved,
            what_people_and_clouds_write_cannot_steer_a_terminal, a_large_plan_is_read_in_full,
            what_was_applied_in_our_name_is_left_alone, what_somebody_may_not_read_stops_nothing_else,
            after_an_approval_that_ended_comes_another, a_blocked_spec_is_neither_approved_nor_in_the_way;
    });
    trials
}

/// Flows about who may do what: they hold on every version of Kubernetes and for every way in which names
/// come to the API server, as far as the preset says so.
fn admission(world: Option<&World>) -> Vec<Trial> {
    let is = |preset| world.is_none_or(|world| world.preset == preset);
    let mut trials = trials! { world;
        attacks: the_spec_stands_still_meanwhile, a_spent_approval_is_spent, an_object_cannot_be_born_approved,
            a_deleted_object_takes_its_approval_along, no_decision_without_the_right,
            nobody_decides_in_another_name, an_approval_cannot_be_stretched,
            nobody_revokes_in_another_name, a_comment_counts_once, a_name_with_a_comma_is_one_writer,
            nobody_claims_another_writer, an_approver_changes_nothing_else, the_operator_keeps_its_room,
            only_the_operator_writes_status, a_status_carries_no_annotation,
            breaking_the_glass_approves_nothing, breaking_the_glass_repeats_nothing,
            kubectl_brings_no_decision, a_namespace_admin_gives_no_right_away,
            only_approvers_approve_in_advance, nobody_approves_himself_in_advance,
            nobody_asks_in_another_name, nobody_asks_between_two_calls, an_approval_of_a_scan_is_none_of_its_stop;
        legal: from_apply_to_the_write, every_decision_by_whose_it_is, deletion_is_free;
        guard: the_policies_type_check;
        plugin_doctor: everybody_is_told_what_is_in_order;
    };
    if is(Preset::Standard) || is(Preset::Strict) {
        trials.extend(trials! { world;
            attacks: the_writer_does_not_approve, all_writers_are_remembered,
                a_borrowed_service_account_has_no_author, who_asks_to_stop_a_scan_does_not_approve_it;
        });
    }
    if is(Preset::Standard) {
        trials.extend(trials! { world;
            attacks: an_edit_never_slips_under_an_approval, two_names_of_one_person,
                a_policy_covers_what_is_harmless_and_says_since_when;
            plugin: a_plan_is_read_approved_and_receipted;
            undo: what_was_ignored_waits_again, what_was_taken_back_is_not_proposed_again, a_file_comes_back_from_quarantine,
                a_false_positive_is_one_no_more, rules_of_others_are_named_before_they_go, what_cannot_be_undone_is_refused,
                a_file_that_cannot_go_back_is_told, a_throttled_undo_is_made_once;
        });
    }
    if is(Preset::Strict) {
        trials.extend(trials! { world;
            attacks: a_right_for_everything_is_none_to_approve,
                a_right_for_everything_of_one_name_is_none_to_approve,
                a_borrowed_identity_decides_nothing, only_administrators_name_approvers,
                a_role_for_everything_is_none_to_approve_in_advance;
        });
    }
    if is(Preset::Standard) && world.is_none_or(|world| world.stamped) {
        trials.extend(trials! { world; attacks: a_later_policy_hides_no_writer; });
    }
    if is(Preset::Strict) && world.is_none_or(|world| !world.stamped) {
        trials.extend(trials! { world; attacks: a_spec_names_its_writers; });
    }
    if is(Preset::Solo) {
        trials.extend(trials! { world; legal: one_person_alone; });
    }
    trials
}

/// Flows about who may do what that disturb everybody; to them all presets are the same.
fn admission_alone(world: Option<&World>) -> Vec<Trial> {
    if world.is_some_and(|world| world.preset != Preset::Standard) {
        return Vec::new();
    }
    let mut trials = trials! { world;
        plugin_doctor: a_missing_policy_is_found_by_everybody;
        guard: nothing_is_written_while_a_policy_is_away;
        attacks: a_lost_status_subresource_opens_nothing;
    };
    if world.is_none_or(|world| !world.stamped) {
        trials.extend(trials! { world; guard: a_spec_from_before_strict_has_a_way_out; });
    }
    trials
}

/// A write of this kind, interrupted in every way.
fn interruptions<S: Subject>(world: Option<&World>, kind: &'static str) -> Vec<Trial> {
    let crashes = Boundary::ALL.into_iter().map(|boundary| {
        let name = format!("crash::{kind}::{boundary:?}");
        trial(name, world, move |world| crash::once::<S>(world, boundary))
    });
    let doubts = faults::DOUBTS.into_iter().map(|fault| {
        let name = format!("faults::doubt::{kind}::{fault:?}");
        trial(name, world, move |world| faults::doubt::<S>(world, fault))
    });
    let late = [
        if S::IS_REPEATED {
            trial(
                format!("recovery::{kind}::a_call_that_never_ran_is_made_anew"),
                world,
                recovery::a_call_that_never_ran_is_made_anew::<S>,
            )
        } else {
            trial(
                format!("recovery::{kind}::a_call_that_never_ran_is_left_to_people"),
                world,
                recovery::a_call_that_never_ran_is_left_to_people::<S>,
            )
        },
        trial(
            format!("recovery::{kind}::a_call_that_ran_is_found"),
            world,
            recovery::a_call_that_ran_is_found::<S>,
        ),
        trial(
            format!("recovery::{kind}::a_lost_reply_with_a_late_effect_is_no_reason_to_repeat"),
            world,
            recovery::a_lost_reply_with_a_late_effect_is_no_reason_to_repeat::<S>,
        ),
        trial(
            format!("recovery::{kind}::another_key_is_no_reason_to_repeat"),
            world,
            recovery::another_key_is_no_reason_to_repeat::<S>,
        ),
    ];
    late.into_iter().chain(crashes).chain(doubts).collect()
}

/// Flows of scans and alerts that disturb nobody.
fn scans_and_alerts(world: Option<&World>) -> Vec<Trial> {
    trials! { world;
        alerts: fifty_seven_alerts_of_five_kinds, a_rule_that_somebody_adds_is_kept,
            a_whitelist_keeps_every_rule, an_alert_that_somebody_handles_meanwhile_is_left_alone,
            what_is_handled_already_needs_no_call, an_unknown_alert_fails_with_its_likes,
            alerts_of_another_server_are_left_alone, an_agent_that_is_offline_is_waited_for,
            alerts_that_may_not_be_handled_are_named, a_job_goes_when_its_time_is_over,
            a_mistyped_type_is_told, who_has_the_same_alerts_in_hand_is_named, more_alerts_than_one_job_handles;
        alerts_faults: a_failure_stops_what_comes_after_it, an_ended_process_has_its_file_quarantined,
            an_alert_that_vanishes_at_the_last_moment_ends_the_call, a_throttled_call_is_made_once,
            hidden_evidence_is_never_hidden_twice, a_plan_of_more_alerts_than_a_status_holds;
        alert_policy: fifty_seven_alerts_are_proposed_and_none_is_handled,
            a_crash_while_proposing_proposes_nothing_twice, no_more_is_proposed_than_may_be_within_an_hour,
            what_was_rejected_is_not_proposed_again,
            the_writer_of_a_policy_approves_none_of_its_proposals,
            a_policy_that_goes_takes_its_proposals_along;
        schedule: the_writer_of_a_schedule_approves_none_of_its_jobs,
            a_time_zone_that_nobody_knows_fails_until_it_is_corrected,
            a_job_in_a_schedules_place_is_told_and_left_alone,
            a_job_that_comes_back_waits_for_another_approval;
        schedule_faults: a_crash_before_the_job_is_noted_makes_no_second_one,
            what_passed_too_long_ago_is_told_and_not_made_up, what_passes_while_suspended_is_not_made_up,
            jobs_beyond_the_history_are_removed,
            refused_jobs_beyond_the_history_are_removed;
        recommendation: another_table_is_another_plan;
        scan: single_servers_are_scanned_and_nobody_else, checks_whose_reply_is_lost_are_ordered_again,
            servers_for_viruses_are_those_of_the_plan, a_lost_reply_within_the_chain_breaks_nothing,
            who_selects_other_servers_ends_the_chain, two_scans_for_viruses_take_turns,
            a_whole_account_beside_another_actor, an_account_without_ready_servers_is_not_scanned,
            one_id_is_one_server, what_a_scan_left_out_is_told;
        scan_partial: a_server_that_goes_offline_is_left_out, who_was_left_out_does_not_come_back,
            who_goes_offline_between_two_calls_is_left_out_of_the_second,
            who_goes_offline_when_it_is_selected_is_waited_for,
            a_job_that_wants_all_waits_for_who_is_offline,
            an_approval_while_nobody_can_be_scanned_counts_later,
            who_waits_for_a_server_is_not_in_the_way_for_ever;
        scan_binding: servers_get_an_edition_by_a_plan_of_their_own,
            a_binding_that_is_refused_keeps_the_job_waiting, a_choice_that_the_binding_needs_is_told;
        standing: a_policy_that_is_over_is_refused_or_says_so, a_scan_is_approved_in_advance_once_a_day,
            a_policy_that_goes_takes_back_what_was_not_executed, a_policy_in_the_shadow_takes_notes;
    }
}

/// Every call that orders a scan or stops one, interrupted in every way.
fn interrupted_scans(world: Option<&World>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for row in scan_crash::ROWS {
        let action = row.action();
        trials.extend(row.boundaries().map(|boundary| {
            let name = format!("scan_crash::{action}::{boundary:?}");
            trial(name, world, move |world| scan_crash::once(world, row, boundary))
        }));
        trials.extend([Stage::Gateway, Stage::AfterCommit].map(|stage| {
            let name = format!("scan_crash::{action}::long_after::{stage:?}");
            trial(name, world, move |world| {
                scan_crash::long_after(world, row, stage)
            })
        }));
        let name = format!("scan_faults::{action}");
        trials.push(trial(name, world, move |world| {
            scan_faults::in_every_way(world, row)
        }));
    }
    trials.extend(trials! { world;
        scan_stop: a_scan_is_stopped_by_a_plan_of_its_own, a_stop_whose_reply_is_lost_is_made_once,
            a_throttled_stop_is_made_once, a_missing_right_to_stop_is_named,
            a_scan_that_ends_by_itself_needs_no_stop, a_stop_that_nobody_wants_any_more_is_none,
            where_nothing_runs_nothing_is_stopped, a_baseline_is_stopped_by_its_strategy,
            what_cannot_be_stopped_is_told, a_scan_is_stopped_when_its_task_is_known,
            what_somebody_else_ordered_is_not_stopped;
    });
    trials.extend(Boundary::ALL.into_iter().map(|boundary| {
        let name = format!("scan_stop::crash::{boundary:?}");
        trial(name, world, move |world| scan_stop::crash(world, boundary))
    }));
    trials
}

/// What holds under every GitOps tool, and what only some of them do.
fn gitops_tools(world: Option<&World>) -> Vec<Trial> {
    macro_rules! under_every_tool {
        ($($function:ident),+) => {
            [$(TOOLS.map(|tool| {
                let name = format!("gitops::{}::{tool:?}", stringify!($function));
                trial(name, world, move |world| gitops::$function(world, tool))
            })),+]
        };
    }
    let mut trials: Vec<_> = under_every_tool!(
        a_commit_decides_nothing,
        an_approval_survives,
        a_whole_manifest_cannot_carry_an_approval
    )
    .into_iter()
    .flatten()
    .collect();
    trials.extend(trials! { world;
        gitops: what_kubectl_wrote_is_stripped, a_recorded_approval_outlives_the_tool, anybody_else_revokes,
            what_was_stripped_can_still_be_refused, a_rejection_stops_the_tool,
            a_replacement_takes_an_approval_away, a_reverted_edit_needs_a_new_approval,
            a_pruned_object_comes_back_unapproved, a_whole_manifest_leaves_an_approval_alone,
            the_tools_read_every_state, a_sync_wave_waits_for_the_approval, a_hook_ends_with_the_write,
            a_pause_belongs_into_the_repository;
    });
    trials
}

/// Flows that disturb everybody.
fn alone(world: Option<&World>) -> Vec<Trial> {
    trials! { world; apiserver: a_real_restart; }
}

/// A test of the flow; ignored without a world.
fn trial<F, R>(name: impl Into<String>, world: Option<&World>, flow: F) -> Trial
where
    F: FnOnce(World) -> R + Send + 'static,
    R: Future<Output = Result<()>>,
{
    let world = world.cloned();
    let ignored = world.is_none();
    let work = move || {
        let world = world.context("there is no control plane: run `cargo xtask test flows`");
        let result = world.and_then(|world| RUNTIME.block_on(flow(world)));
        result.map_err(|error| Failed::from(format!("{error:#}")))
    };
    Trial::test(name, work).with_ignored_flag(ignored)
}
