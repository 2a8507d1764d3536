use serde_json::Value;

use crate::testing::Cloud;
use crate::world::{Command, CommandType};

fn commands(more: &[(&str, &str)]) -> Vec<Value> {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let named = |name: &str, provider: &str| Command {
            name: name.to_owned(),
            content: "echo {{ who }}".to_owned(),
            enable_parameter: true,
            provider: provider.to_owned(),
            ..Command::default()
        };
        let windows = Command {
            kind: CommandType::RunBatScript,
            ..named("restart", "User")
        };
        let gone = Command {
            kept: false,
            ..named("gone", "User")
        };
        centre.commands = [
            ("c-1".to_owned(), named("greet", "User")),
            ("c-2".to_owned(), windows),
            ("c-3".to_owned(), gone),
            ("c-4".to_owned(), named("diagnose", "AlibabaCloud.ECS.GuestOS")),
        ]
        .into();
    });
    let mut parameters = vec![("RegionId", "cn-hangzhou")];
    parameters.extend(more);
    let body = cloud.call("DescribeCommands", &parameters).body;
    body["Commands"]["Command"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn only_kept_commands_of_the_account_are_listed_unless_a_provider_is_named() {
    let names = |filter: &[(&str, &str)]| -> Vec<String> {
        let rows = commands(filter);
        rows.iter()
            .map(|row| row["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&[]), ["greet", "restart"]);
    assert_eq!(names(&[("Provider", "AlibabaCloud")]), ["diagnose"]);
    assert_eq!(names(&[("Provider", "Alibaba")]), [""; 0]);
    assert_eq!(names(&[("Name", "gre*")]), ["greet"]);
    assert_eq!(names(&[("Name", "gre")]), [""; 0]);
    assert_eq!(names(&[("Type", "RunBatScript")]), ["restart"]);
    assert_eq!(names(&[("CommandId", "c-2")]), ["restart"]);
    assert_eq!(names(&[("RegionId", "cn-beijing")]).len(), 0);
}

#[test]
fn a_row_shows_the_script_and_its_parameters() {
    let row = &commands(&[("ContentEncoding", "PlainText")])[0];
    assert_eq!(row["CommandContent"], "echo {{ who }}");
    assert_eq!(row["ParameterNames"]["ParameterName"][0], "who");
    assert_eq!(commands(&[])[0]["CommandContent"], "ZWNobyB7eyB3aG8gfX0=");
}
