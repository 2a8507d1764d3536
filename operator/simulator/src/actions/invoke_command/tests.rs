use crate::testing::{Cloud, Reply, instance};
use crate::world::{Command, InstallCode};

fn cloud() -> Cloud {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let command = |content: &str, region: &str, kept| Command {
            content: content.to_owned(),
            region_id: region.to_owned(),
            enable_parameter: true,
            kept,
            ..Command::default()
        };
        let install = command("./AliAqsInstall.sh -k={{ code }}", "cn-hangzhou", true);
        centre.commands.insert("c-install".to_owned(), install);
        let gone = command("uptime", "cn-hangzhou", false);
        centre.commands.insert("c-gone".to_owned(), gone);
        let elsewhere = command("uptime", "cn-beijing", true);
        centre.commands.insert("c-elsewhere".to_owned(), elsewhere);
        centre
            .install_codes
            .insert("cOdE42".to_owned(), InstallCode::default());
    });
    cloud
}

fn invoke(cloud: &Cloud, command: &str, more: &[(&str, &str)]) -> Reply {
    let id = instance(8);
    let mut parameters = vec![
        ("RegionId", "cn-hangzhou"),
        ("CommandId", command),
        ("InstanceId.1", &id),
    ];
    parameters.extend(more);
    cloud.call("InvokeCommand", &parameters)
}

#[test]
fn a_kept_command_runs_with_its_parameters_filled_in() {
    let cloud = cloud();
    let reply = invoke(&cloud, "c-install", &[("Parameters", r#"{"code":"cOdE42"}"#)]);
    let invoke_id = reply.body["InvokeId"].as_str().unwrap();
    cloud.step(21);
    let results = cloud.call(
        "DescribeInvocationResults",
        &[("RegionId", "cn-hangzhou"), ("InvokeId", invoke_id)],
    );
    let row = &results.body["Invocation"]["InvocationResults"]["InvocationResult"][0];
    assert_eq!(
        (&row["InvocationStatus"], &row["ExitCode"]),
        (&"Success".into(), &0.into())
    );
    assert_eq!(row["CommandId"], "c-install");
}

#[test]
fn a_command_that_is_not_there_is_refused() {
    let cloud = cloud();
    for command in ["c-none", "c-gone", "c-elsewhere"] {
        let reply = invoke(&cloud, command, &[]);
        assert_eq!(
            (reply.code(), reply.status),
            ("InvalidCmdId.NotFound", 404),
            "{command}"
        );
    }
    assert_eq!(invoke(&cloud, "", &[]).code(), "MissingCommandId");
}

#[test]
fn a_dry_run_only_checks_and_a_token_answers_once() {
    let cloud = cloud();
    assert_eq!(
        invoke(&cloud, "c-install", &[("RepeatMode", "DryRun")]).status,
        200
    );
    cloud.mainland(|centre| assert!(centre.invocations.is_empty()));
    let token = [("ClientToken", "t")];
    let first = invoke(&cloud, "c-install", &token);
    assert_eq!(
        first.body["InvokeId"],
        invoke(&cloud, "c-install", &token).body["InvokeId"]
    );
    cloud.mainland(|centre| assert_eq!(centre.invocations.len(), 1));
}
