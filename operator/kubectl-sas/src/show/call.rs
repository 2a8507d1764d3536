//! A call as somebody reads it who has to answer for it: every parameter that goes on the wire, commands
//! decoded, references by what they refer to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sas_api::plan::{Call, Parameter, ParameterSource, Repeat};

use crate::output::{Page, TITLE};

/// Adds a call that is to be made, with its number, from 1, and what happens when its reply is lost.
pub fn add_planned(page: &mut Page, number: usize, call: &Call) {
    add(page, number, call);
    page.line(format!("       {}", if_unknown(call.repeat)));
}

/// Adds a call with its number, from 1.
pub fn add(page: &mut Page, number: usize, call: &Call) {
    page.spans(&[
        (TITLE, &format!("  {number}. {}", call.action)),
        (
            anstyle::Style::new(),
            &format!(" ({} {}, region {})", call.product, call.version, call.region_id),
        ),
    ]);
    let mut parameters: Vec<&Parameter> = call.parameters.iter().collect();
    // As people count: a plan has them in the order of their bytes, where 10 comes before 2.
    parameters.sort_by_key(|parameter| counted(&parameter.name));
    for group in parameters.chunk_by(|a, b| follow(a, b)) {
        match group {
            [one] => self::parameter(page, call, one),
            [first, .., last] => page.line(format!(
                "       {} to {} = {}",
                first.name,
                last.name.rsplit('.').next().unwrap_or_default(),
                group
                    .iter()
                    .filter_map(|p| p.value.as_deref())
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
            [] => {}
        }
    }
}

/// The parts of a parameter's name, numbers as numbers.
fn counted(name: &str) -> Vec<(Option<u32>, &str)> {
    name.split('.').map(|part| (part.parse().ok(), part)).collect()
}

fn parameter(page: &mut Page, call: &Call, parameter: &Parameter) {
    let Some(value) = &parameter.value else {
        let source = parameter
            .value_from
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), source);
        page.line(format!("       {} = <{source}>", parameter.name));
        return;
    };
    match command(call, parameter) {
        Some(command) => {
            page.line(format!("       {}, decoded:", parameter.name));
            page.lines("         | ", &command);
        }
        None if value.contains('\n') => {
            page.line(format!("       {}:", parameter.name));
            page.lines("         | ", value);
        }
        None => page.line(format!("       {} = {value}", parameter.name)),
    }
}

/// The text of a command that is sent in base64, as Cloud Assistant takes it.
fn command(call: &Call, parameter: &Parameter) -> Option<String> {
    let encoded = parameter.name == "CommandContent" && call.value("ContentEncoding") == Some("Base64");
    let bytes = encoded
        .then(|| STANDARD.decode(parameter.value.as_deref()?).ok())
        .flatten()?;
    String::from_utf8(bytes).ok()
}

/// Parameters of one list, each with the number after the one before it and a plain value, stand together:
/// `Bind.1`, `Bind.2`.
fn follow(a: &Parameter, b: &Parameter) -> bool {
    let plain = |p: &Parameter| p.value.as_ref().is_some_and(|value| !value.contains(['\n', ',']));
    let split = |p: &Parameter| {
        let (list, number) = p.name.rsplit_once('.')?;
        Some((list.to_owned(), number.parse::<u32>().ok()?))
    };
    let next = |((a, before), (b, number)): ((String, u32), (String, u32))| a == b && number == before + 1;
    plain(a) && plain(b) && split(a).zip(split(b)).is_some_and(next)
}

fn source(source: &ParameterSource) -> String {
    if let Some(field) = &source.receipt_field {
        return format!("field {} of the answer to call {}", field.field, field.call + 1);
    }
    if let Some(secret) = &source.secret_key {
        return format!(
            "key {} of Secret {}, which is not shown; digest {}",
            secret.key, secret.name, secret.salted_digest
        );
    }
    match &source.time_after_call {
        Some(time) => {
            let moment = format!("the time of the call plus {}", duration(time.seconds));
            match &time.json_key {
                Some(key) => format!("a JSON object whose {key} is {moment}"),
                None => moment,
            }
        }
        None => "nothing".to_owned(),
    }
}

fn duration(seconds: i64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{} days", s / 86_400),
        s if s % 3_600 == 0 => format!("{} hours", s / 3_600),
        s => format!("{s} seconds"),
    }
}

fn if_unknown(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::ClientToken => {
            "if its outcome is unknown: sent again with the same client token, which runs once"
        }
        Repeat::AfterProof => "if its outcome is unknown: sent again only after proof that it did not run",
        Repeat::Harmless => "if its outcome is unknown: sent once more; a second run does no harm",
        Repeat::Never => "if its outcome is unknown: never sent again",
    }
}

#[cfg(test)]
mod tests {
    use sas_api::plan::{ReceiptField, SecretKey, TimeAfterCall};

    use super::*;

    fn from(name: &str, source: ParameterSource) -> Parameter {
        Parameter::from(name, source)
    }

    #[test]
    fn long_lists_are_counted_as_people_count() {
        let mut parameters: Vec<Parameter> = (1..=12)
            .map(|n| Parameter::literal(format!("Bind.1.Uuid.{n}"), format!("u{n}")))
            .chain((1..=11).map(|n| Parameter::literal(format!("Bind.{n}.Edition"), "7")))
            .chain([1, 2, 4].map(|n| Parameter::literal(format!("Tag.{n}"), format!("t{n}"))))
            .collect();
        parameters.sort_by(|a, b| a.name.cmp(&b.name));
        let call = Call {
            product: "sas".into(),
            version: "2018-12-03".into(),
            action: "Bind".into(),
            region_id: "cn-shanghai".into(),
            parameters,
            repeat: Repeat::Never,
        };
        let mut page = Page::default();
        add(&mut page, 1, &call);
        insta::assert_snapshot!(page.plain());
    }

    #[test]
    fn everything_that_goes_on_the_wire_is_shown() {
        let script = STANDARD.encode("#!/bin/sh\necho \u{1b}[2Jhello\n");
        let call = Call {
            product: "ecs".into(),
            version: "2014-05-26".into(),
            action: "RunCommand".into(),
            region_id: "cn-hangzhou".into(),
            parameters: vec![
                Parameter::literal("CommandContent", script),
                Parameter::literal("ContentEncoding", "Base64"),
                from(
                    "ExpiredDate",
                    ParameterSource {
                        time_after_call: Some(TimeAfterCall {
                            seconds: 30 * 86_400,
                            json_key: None,
                        }),
                        ..Default::default()
                    },
                ),
                Parameter::literal("InstanceId.1", "i-1"),
                Parameter::literal("InstanceId.2", "i-2"),
                Parameter::literal("Note", "two\nlines"),
                Parameter::literal("Tag.1", "a,b"),
                Parameter::literal("Tag.2", "c"),
                from(
                    "Task",
                    ParameterSource {
                        receipt_field: Some(ReceiptField {
                            call: 0,
                            field: "TaskId".into(),
                        }),
                        ..Default::default()
                    },
                ),
                from(
                    "Token",
                    ParameterSource {
                        secret_key: Some(SecretKey {
                            name: "keys".into(),
                            key: "token".into(),
                            salted_digest: "sha256:5a17".into(),
                        }),
                        ..Default::default()
                    },
                ),
            ],
            repeat: Repeat::Never,
        };
        let mut page = Page::default();
        add_planned(&mut page, 1, &call);
        insta::assert_snapshot!(page.plain());
    }
}
