use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::testing::{Cloud, Reply, instance, uuid};
use crate::world::{ClientStatus, CloudAssistant, InstallCode, OsType, Script};

/// Runs a shell script on demo servers in cn-hangzhou, with further parameters.
fn run(cloud: &Cloud, content: &str, numbers: &[u8], more: &[(&str, &str)]) -> Reply {
    let ids: Vec<String> = numbers.iter().copied().map(instance).collect();
    let names: Vec<String> = (1..=ids.len())
        .map(|index| format!("InstanceId.{index}"))
        .collect();
    let mut parameters = vec![
        ("RegionId", "cn-hangzhou"),
        ("Type", "RunShellScript"),
        ("CommandContent", content),
    ];
    parameters.extend(
        names
            .iter()
            .zip(&ids)
            .map(|(name, id)| (name.as_str(), id.as_str())),
    );
    parameters.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    parameters.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    cloud.call("RunCommand", &parameters)
}

/// Status, exit code and error code of the only run.
fn result(cloud: &Cloud) -> (String, Option<i64>, String) {
    let reply = cloud.call("DescribeInvocationResults", &[("RegionId", "cn-hangzhou")]);
    let row = &reply.body["Invocation"]["InvocationResults"]["InvocationResult"][0];
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    (
        text("InvocationStatus"),
        row["ExitCode"].as_i64(),
        text("ErrorCode"),
    )
}

fn online(cloud: &Cloud, number: u8) -> bool {
    let now = cloud.shared.lock().clock.now();
    cloud.mainland(|centre| centre.assets[&uuid(number)].client(now).client_status == ClientStatus::Online)
}

/// The demo world with a code and with build-1 (number 8) as a server without agent.
fn with_code(change: impl FnOnce(&mut InstallCode)) -> Cloud {
    let cloud = Cloud::new();
    let mut code = InstallCode {
        vendor_name: "ALIYUN".to_owned(),
        group_id: 1002,
        ..InstallCode::default()
    };
    change(&mut code);
    cloud.mainland(|centre| centre.install_codes.insert("cOdE42".to_owned(), code));
    cloud
}

const INSTALL: &str = "wget -q http://update2.aegis.aliyun.com/download/install/2.0/linux/AliAqsInstall.sh \
                       && chmod +x AliAqsInstall.sh && ./AliAqsInstall.sh -k=cOdE42";

#[test]
fn a_run_is_pending_then_running_then_done() {
    let cloud = Cloud::new();
    let reply = run(&cloud, "uptime", &[1], &[]);
    assert!(reply.body["CommandId"].as_str().unwrap().starts_with("c-"));
    assert!(reply.body["InvokeId"].as_str().unwrap().starts_with("t-"));
    assert_eq!(result(&cloud).0, "Pending");
    cloud.step(1);
    assert_eq!(result(&cloud), ("Running".into(), None, String::new()));
    cloud.step(2);
    assert_eq!(result(&cloud), ("Success".into(), Some(0), String::new()));
}

#[test]
fn an_exit_code_fails_and_sixty_seconds_are_the_default_timeout() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let script = |contains: &str, seconds, exit_code| Script {
            contains: contains.to_owned(),
            seconds,
            exit_code,
            output: "out".to_owned(),
        };
        centre.scripts.insert("bad".to_owned(), script("false", 1, 7));
        centre.scripts.insert("long".to_owned(), script("sleep", 61, 0));
    });
    run(&cloud, "false", &[1], &[]);
    cloud.step(2);
    assert_eq!(
        result(&cloud),
        ("Failed".into(), Some(7), "ExitCodeNonzero".into())
    );
    run(&cloud, "sleep 61", &[1], &[]);
    cloud.step(60);
    assert_eq!(result(&cloud).0, "Running");
    cloud.step(1);
    assert_eq!(
        result(&cloud),
        ("Timeout".into(), None, "ExecutionTimeout".into())
    );
    run(&cloud, "sleep 61", &[1], &[("Timeout", "600")]);
    cloud.step(62);
    assert_eq!(result(&cloud).0, "Success");
}

#[test]
fn one_instance_that_cannot_run_it_stops_all() {
    for (change, code, status) in [
        ("unknown", "InvalidInstance.NotFound", 404),
        ("elsewhere", "InvalidInstance.NotFound", 404),
        ("stopped", "InvalidInstance.NotMatch", 403),
        ("windows", "InvalidInstance.NotMatch", 403),
        ("offline", "InvalidInstance.NotMatch", 403),
        ("missing", "InvalidInstance.NotMatch", 403),
    ] {
        let cloud = Cloud::new();
        cloud.mainland(|centre| {
            let asset = centre.assets.get_mut(&uuid(2)).unwrap();
            match change {
                "unknown" => "i-other".clone_into(&mut asset.instance_id),
                "elsewhere" => "cn-beijing".clone_into(&mut asset.region_id),
                "stopped" => asset.running = false,
                "windows" => asset.os_type = OsType::Windows,
                "offline" => asset.cloud_assistant = CloudAssistant::Offline,
                _ => asset.cloud_assistant = CloudAssistant::Missing,
            }
        });
        let reply = run(&cloud, "uptime", &[1, 2], &[]);
        assert_eq!((reply.code(), reply.status), (code, status), "{change}");
        cloud.mainland(|centre| assert!(centre.invocations.is_empty(), "{change}"));
        assert!(!cloud.last().committed);
    }
}

#[test]
fn what_cloud_assistant_does_not_take_is_aborted_or_lost() {
    for (assistant, refuse_offline, seconds, code) in [
        (CloudAssistant::Offline, false, 1, "ClientNotRunning"),
        (CloudAssistant::Unresponsive, true, 60, "ClientNotResponse"),
    ] {
        let cloud = Cloud::new();
        cloud.mainland(|centre| {
            centre.assets.get_mut(&uuid(1)).unwrap().cloud_assistant = assistant;
            centre.settings.assistant.refuse_offline = refuse_offline;
        });
        run(&cloud, "uptime", &[1], &[]);
        cloud.step(seconds - 1);
        assert_eq!(result(&cloud).0, "Pending", "{assistant:?}");
        cloud.step(1);
        assert_eq!(result(&cloud), ("Aborted".into(), None, code.into()));
    }
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        centre.assets.get_mut(&uuid(1)).unwrap().cloud_assistant = CloudAssistant::LosesCommands;
    });
    assert!(run(&cloud, "uptime", &[1], &[]).body["InvokeId"].is_string());
    cloud.step(3600);
    assert_eq!(result(&cloud).0, "", "no record is ever created");
}

#[test]
fn an_installation_brings_the_server_online_and_into_the_codes_group() {
    let cloud = with_code(|_| {});
    run(
        &cloud,
        &STANDARD.encode(INSTALL),
        &[8],
        &[("ContentEncoding", "base64")],
    );
    cloud.step(21);
    assert_eq!(result(&cloud), ("Success".into(), Some(0), String::new()));
    cloud.step(29);
    assert!(!online(&cloud, 8), "the agent takes a while");
    let group = |cloud: &Cloud| {
        let reply = cloud.call("DescribeCloudCenterInstances", &[("PageSize", "100")]);
        let rows = reply.body["Instances"].as_array().unwrap().clone();
        let row = rows
            .into_iter()
            .find(|row| row["InstanceName"] == "build-1")
            .unwrap();
        (
            row["GroupId"].as_i64().unwrap(),
            row["ClientStatus"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(group(&cloud), (0, "offline".into()));
    cloud.step(1);
    assert_eq!(group(&cloud), (1002, "online".into()));
}

#[test]
fn a_hidden_server_is_noticed_when_its_agent_reports() {
    let cloud = with_code(|_| {});
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(8)).unwrap().listed = false);
    run(&cloud, INSTALL, &[8], &[]);
    let listed = |cloud: &Cloud| {
        let criteria = format!(r#"[{{"name":"uuid","value":"{}"}}]"#, uuid(8));
        let reply = cloud.call("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
        reply.body["Instances"].as_array().unwrap().len()
    };
    cloud.step(50);
    assert_eq!(listed(&cloud), 0);
    cloud.step(1);
    assert_eq!(listed(&cloud), 1);
}

#[test]
fn a_code_that_does_not_fit_fails_the_script() {
    let expired = |code: &mut InstallCode| code.expires_at = Some(crate::testing::START.parse().unwrap());
    for (change, content) in [
        (
            Box::new(expired) as Box<dyn FnOnce(&mut InstallCode)>,
            INSTALL.to_owned(),
        ),
        (Box::new(|code| code.os = OsType::Windows), INSTALL.to_owned()),
        (Box::new(|_| ()), INSTALL.replace("cOdE42", "nOcOdE")),
        (Box::new(|_| ()), "./AliAqsInstall.sh".to_owned()),
    ] {
        let cloud = with_code(change);
        run(&cloud, &content, &[8], &[]);
        cloud.step(600);
        assert_eq!(
            result(&cloud),
            ("Failed".into(), Some(1), "ExitCodeNonzero".into())
        );
        assert!(!online(&cloud, 8));
    }
}

#[test]
fn an_image_code_and_a_host_without_a_way_never_come_online() {
    let image = with_code(|code| code.only_image = true);
    run(&image, INSTALL, &[8], &[]);
    let public = with_code(|code| "OTHER".clone_into(&mut code.vendor_name));
    public.mainland(|centre| centre.assets.get_mut(&uuid(8)).unwrap().reaches_internet = false);
    run(&public, INSTALL, &[8], &[]);
    for cloud in [image, public] {
        cloud.step(3600);
        assert_eq!(result(&cloud).0, "Success");
        let sub_status = cloud.call("DescribeCloudCenterInstances", &[("PageSize", "100")]);
        let rows = sub_status.body["Instances"].as_array().unwrap().clone();
        let row = rows
            .into_iter()
            .find(|row| row["InstanceName"] == "build-1")
            .unwrap();
        assert_eq!(
            (&row["ClientStatus"], &row["ClientSubStatus"]),
            (&"offline".into(), &"offline".into())
        );
    }
    let download = with_code(|_| {});
    download.mainland(|centre| centre.assets.get_mut(&uuid(8)).unwrap().reaches_internet = false);
    run(
        &download,
        &INSTALL.replace("update2.aegis.aliyun.com", "aegis.alicdn.com"),
        &[8],
        &[],
    );
    download.step(600);
    assert_eq!(result(&download).0, "Failed");
}

#[test]
fn a_windows_installation_takes_a_windows_code() {
    let cloud = with_code(|code| code.os = OsType::Windows);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(8)).unwrap().os_type = OsType::Windows);
    let script = r"Start-Process .\AliAqsInstall.exe -ArgumentList '-k=cOdE42' -Wait";
    run(&cloud, script, &[8], &[("Type", "RunPowerShellScript")]);
    cloud.step(51);
    assert!(online(&cloud, 8));
}

#[test]
fn an_installation_that_times_out_does_nothing() {
    let cloud = with_code(|_| {});
    cloud.mainland(|centre| centre.settings.assistant.install_script_seconds = 90);
    run(&cloud, INSTALL, &[8], &[]);
    cloud.step(600);
    assert_eq!(result(&cloud).0, "Timeout");
    assert!(!online(&cloud, 8));
}

#[test]
fn a_client_token_answers_with_the_same_ids() {
    let cloud = Cloud::new();
    let token = [("ClientToken", "token-1")];
    let first = run(&cloud, "uptime", &[1], &token);
    let again = run(&cloud, "uptime", &[1], &token);
    assert_eq!(first.body["InvokeId"], again.body["InvokeId"]);
    assert_eq!(first.body["CommandId"], again.body["CommandId"]);
    assert_ne!(first.body["RequestId"], again.body["RequestId"]);
    let other = run(&cloud, "date", &[1], &token);
    assert_eq!(other.code(), "IdempotentParameterMismatch");
    cloud.mainland(|centre| assert_eq!(centre.invocations.len(), 1));
}

#[test]
fn a_dry_run_only_checks() {
    let cloud = Cloud::new();
    let dry = [("RepeatMode", "DryRun")];
    assert_eq!(run(&cloud, "uptime", &[1], &dry).status, 200);
    assert!(cloud.last().dry_run && !cloud.last().committed);
    cloud.mainland(|centre| assert!(centre.invocations.is_empty() && centre.commands.is_empty()));
    let unknown = run(
        &cloud,
        "uptime",
        &[1],
        &[("RepeatMode", "DryRun"), ("InstanceId.1", "i-none")],
    );
    assert_eq!(unknown.code(), "InvalidInstance.NotFound");
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let cloud = Cloud::new();
    let long = "x".repeat(18 * 1024 + 1);
    let kept = "x".repeat(14 * 1024);
    let name = "n".repeat(129);
    let description = "d".repeat(513);
    let username = "u".repeat(256);
    for (more, code) in [
        (&[("Type", "")][..], "MissingType"),
        (&[("Type", "RunPython")], "InvalidCmdType.NotFound"),
        (&[("CommandContent", "")], "MissingCommandContent"),
        (
            &[("CommandContent", "#"), ("ContentEncoding", "Base64")],
            "CmdContent.DecodeError",
        ),
        (&[("CommandContent", &long)], "CmdContent.ExceedLimit"),
        (
            &[("CommandContent", &kept), ("KeepCommand", "true")],
            "CmdContent.ExceedLimit",
        ),
        (&[("InstanceId.1", "")], "MissingParam.InstanceId"),
        (&[("Name", &name)], "CmdName.ExceedLimit"),
        (&[("Description", &description)], "CmdDesc.ExceedLimit"),
        (&[("Username", &username)], "Username.ExceedLimit"),
        (&[("Timeout", "0")], "InvalidTimeout.ExceedLimit"),
        (&[("Timeout", "soon")], "InvalidTimeout"),
        (&[("RepeatMode", "Often")], "InvalidRepeatMode.NotFound"),
        (&[("RepeatMode", "Period")], "MissingParam.Frequency"),
        (&[("Frequency", "hourly")], "InvalidParam.Frequency"),
        (
            &[("Frequency", "rate(60s)"), ("Timeout", "60")],
            "InvalidParam.Frequency",
        ),
        (&[("ContainerId", "95878ef8779f")], "InvalidContainerId.Malformed"),
        (&[("Timed", "soon")], "InvalidTimed"),
        (&[("ResourceTag.1.Key", "env")], "InvalidParameter.ResourceTag"),
        (
            &[("InstanceId.1", ""), ("ResourceTag.1.Key", "nowhere")],
            "InvalidInstance.NotFound",
        ),
        (&[("Tag.1.Value", "x")], "MissingTagKey"),
        (&[("Tag.1.Key", "acs:x")], "InvalidTagKey.Malformed"),
        (&[("Parameters", "{")], "InvalidParameter.Parameters"),
        (&[("Parameters", r#"{"a":"b"}"#)], "Parameter.Disabled"),
        (
            &[("Parameters", r#"{"a":"b"}"#), ("EnableParameter", "true")],
            "Parameter.NotMatched",
        ),
        (&[("RegionId", "")], "MissingRegionId"),
    ] {
        assert_eq!(run(&cloud, "uptime", &[1], more).code(), code, "{more:?}");
    }
    let many: Vec<String> = (1..=101).map(|index| format!("InstanceId.{index}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "i-1")).collect();
    assert_eq!(
        run(&cloud, "uptime", &[], &many).code(),
        "InstanceIds.ExceedLimit"
    );
}

#[test]
fn a_schedule_that_is_none_is_forbidden() {
    let cloud = Cloud::new();
    for more in [&[("RepeatMode", "Period")][..], &[("Frequency", "hourly")]] {
        assert_eq!(run(&cloud, "uptime", &[1], more).status, 403, "{more:?}");
    }
}

#[test]
fn instances_are_named_by_their_tags_and_runs_found_by_theirs() {
    let cloud = Cloud::new();
    let more = [
        ("ResourceTag.1.Key", "env"),
        ("ResourceTag.1.Value", "demo"),
        ("Tag.1.Key", "run"),
        ("Tag.1.Value", "one"),
        ("ResourceGroupId", "rg-1"),
        ("KeepCommand", "true"),
    ];
    assert_eq!(run(&cloud, "uptime", &[], &more).status, 200);
    let count = |action: &str, filter: &[(&str, &str)]| {
        let parameters = [&[("RegionId", "cn-hangzhou")], filter].concat();
        let body = cloud.ok(action, &parameters).body;
        let part = if action == "DescribeInvocationResults" {
            &body["Invocation"]
        } else {
            &body
        };
        part["TotalCount"].as_i64().unwrap()
    };
    for (action, all) in [
        ("DescribeInvocations", 1),
        ("DescribeInvocationResults", 5),
        ("DescribeCommands", 1),
    ] {
        for (filter, found) in [
            (&[][..], all),
            (&[("Tag.1.Key", "run")], all),
            (&[("Tag.1.Key", "run"), ("Tag.1.Value", "one")], all),
            (&[("Tag.1.Key", "run"), ("Tag.1.Value", "two")], 0),
            (&[("ResourceGroupId", "rg-1")], all),
            (&[("ResourceGroupId", "rg-2")], 0),
        ] {
            assert_eq!(count(action, filter), found, "{action} {filter:?}");
        }
    }
}

#[test]
fn a_script_in_a_container_leaves_the_server_alone() {
    let cloud = with_code(|_| {});
    let id = format!("containerd://{}", "0a".repeat(32));
    run(
        &cloud,
        INSTALL,
        &[8],
        &[("ContainerId", &id), ("ContainerName", "shop")],
    );
    cloud.step(600);
    assert_eq!(result(&cloud).0, "Success");
    assert!(!online(&cloud, 8));
    let reply = cloud.call("DescribeInvocationResults", &[("RegionId", "cn-hangzhou")]);
    let row = &reply.body["Invocation"]["InvocationResults"]["InvocationResult"][0];
    assert_eq!(
        (row["ContainerId"].as_str(), row["ContainerName"].as_str()),
        (Some(id.as_str()), Some("shop"))
    );
}

#[test]
fn the_history_is_that_of_one_command_that_repeats() {
    let cloud = Cloud::new();
    let history = |id: &str| {
        let parameters = [
            ("RegionId", "cn-hangzhou"),
            ("IncludeHistory", "true"),
            ("InvokeId", id),
        ];
        cloud
            .call("DescribeInvocationResults", &parameters)
            .code()
            .to_owned()
    };
    let id = |reply: Reply| reply.body["InvokeId"].as_str().unwrap().to_owned();
    let once = id(run(&cloud, "uptime", &[1], &[]));
    let often = id(run(&cloud, "uptime", &[1], &[("Frequency", "rate(5m)")]));
    assert_eq!(history(""), "MissingParam.InvokeId");
    assert_eq!(history(&once), "InvalidParameter.InvokeId");
    assert_eq!(history(&often), "");
}

#[test]
fn what_repeats_stays_scheduled() {
    let cloud = Cloud::new();
    run(&cloud, "uptime", &[1], &[("Frequency", "rate(5m)")]);
    cloud.step(3600);
    assert_eq!(result(&cloud).0, "Scheduled");
}
