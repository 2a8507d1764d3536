//! Executing and stopping a strategy, as DescribeStrategy shows it.

use crate::testing::{Cloud, uuid};
use crate::world::scans::{Dispatch, OtherActor, RepeatedExecution};

const ACTION: &str = "ExecStrategy";
const STRATEGY: (&str, &str) = ("StrategyId", "8164248");

/// `ExecStatus` and `Percent`.
fn seen(cloud: &Cloud) -> (i64, Option<String>) {
    let reply = cloud.ok("DescribeStrategy", &[]);
    let row = &reply.body["Strategies"][0];
    let percent = row
        .get("Percent")
        .map(|percent| percent.as_str().unwrap().to_owned());
    (row["ExecStatus"].as_i64().unwrap(), percent)
}

#[test]
fn it_runs_a_moment_later_and_is_idle_again_at_its_end() {
    let cloud = Cloud::scanning(&[1, 2]);
    assert_eq!(seen(&cloud), (1, None));
    cloud.ok(ACTION, &[STRATEGY]);
    for (step, status, percent) in [
        (0, 1, None),
        (9, 1, None),
        (1, 2, Some("0%")),
        (50, 2, Some("50%")),
        (49, 2, Some("99%")),
        (1, 1, None),
    ] {
        cloud.step(step);
        assert_eq!(seen(&cloud), (status, percent.map(str::to_owned)));
    }
    cloud.scans(|scans| {
        let task = scans.tasks.values().next().unwrap();
        assert_eq!(task.servers.len(), 5, "the servers of groups 1001 and 1002");
        assert_eq!(
            (task.servers[&uuid(1)], task.servers[&uuid(6)]),
            (Dispatch::Accepted, Dispatch::Refused)
        );
    });
}

#[test]
fn terminating_ends_it_at_once() {
    let cloud = Cloud::scanning(&[1, 2]);
    let stop = [STRATEGY, ("ExecAction", "terminate")];
    cloud.ok(ACTION, &stop);
    assert!(!cloud.last().committed, "nothing runs");
    cloud.ok(ACTION, &[STRATEGY, ("ExecAction", "exec")]);
    cloud.step(70);
    assert_eq!(seen(&cloud).0, 2);
    cloud.ok(ACTION, &stop);
    assert!(cloud.last().committed);
    assert_eq!(seen(&cloud).0, 1);
    let detail = cloud.ok("DescribeStrategyExecDetail", &[STRATEGY]).body;
    assert_eq!(
        (&detail["Percent"], &detail["EndTime"]),
        (&"60%".into(), &"2026-01-02 11:05:15".into())
    );
}

#[test]
fn another_actor_runs_it_on_its_own_servers_only() {
    let cloud = Cloud::scanning(&[1, 2]);
    cloud.scans(|scans| scans.settings.other_actor = Some(OtherActor::default()));
    cloud.ok(ACTION, &[STRATEGY]);
    cloud.scans(|scans| {
        let servers: Vec<_> = scans.tasks.values().map(|task| &task.servers).collect();
        assert_eq!(servers.len(), 2);
        assert_eq!(servers[0], servers[1], "those of groups 1001 and 1002");
    });
}

#[test]
fn what_a_repetition_does_is_a_switch() {
    for (setting, code, tasks, committed) in [
        (RepeatedExecution::Ignore, "", 1, false),
        (RepeatedExecution::Refuse, "OperationConflict", 1, false),
        (RepeatedExecution::Restart, "", 2, true),
    ] {
        let cloud = Cloud::scanning(&[1]);
        cloud.scans(|scans| scans.settings.repeated_execution = setting);
        cloud.ok(ACTION, &[STRATEGY]);
        cloud.step(60);
        assert_eq!(cloud.call(ACTION, &[STRATEGY]).code(), code, "{setting:?}");
        assert_eq!(cloud.last().committed, committed, "{setting:?}");
        assert_eq!(cloud.scans(|scans| scans.tasks.len()), tasks, "{setting:?}");
        cloud.step(60);
        let expected = if setting == RepeatedExecution::Restart {
            2
        } else {
            1
        };
        assert_eq!(seen(&cloud).0, expected, "{setting:?}");
    }
}

#[test]
fn bad_parameters_are_refused() {
    let cloud = Cloud::scanning(&[1]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingStrategyId");
    assert_eq!(cloud.refused(ACTION, &[("StrategyId", "7")]), "InvalidStrategyId");
    assert_eq!(
        cloud.refused(ACTION, &[STRATEGY, ("ExecAction", "stop")]),
        "InvalidExecAction"
    );
}
