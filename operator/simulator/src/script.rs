//! What a script does on an instance. The simulator runs none: a script that installs an agent
//! with a code of this data centre does so, the world says what others print, and one of which it
//! says nothing ends well without output.

use jiff::{SignedDuration, Timestamp};

use crate::world::{Asset, CommandType, DataCentre, InstallCode, OsType, Run, RunStatus};

/// The name of the vendor's installer, for Linux (`.sh`) and for Windows (`.exe`).
const INSTALLER: &str = "AliAqsInstall";
/// Where the installer is fetched from over the internet.
const PUBLIC_DOWNLOAD: &str = "aegis.alicdn.com";

/// What a script would do if it had all the time.
#[derive(Debug, PartialEq, Eq)]
struct Deed {
    seconds: i64,
    exit_code: i64,
    output: String,
    /// Puts an agent on the server.
    installs: Option<InstallCode>,
}

/// Where and when a script starts, and how long it may run.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The server.
    pub uuid: &'a str,
    /// In a container of the server, so that nothing can be installed on the server itself.
    pub in_container: bool,
    /// The time.
    pub at: Timestamp,
    /// The longest run in seconds.
    pub timeout_seconds: i64,
}

/// Lets a script start and records what comes of it.
pub fn run(centre: &mut DataCentre, content: &str, begin: Start<'_>) -> Run {
    let Start {
        uuid,
        at: start,
        timeout_seconds,
        ..
    } = begin;
    let Some(asset) = centre.assets.get(uuid) else {
        return Run::default();
    };
    let deed = deed(centre, asset, content, begin);
    let after = |seconds| {
        start
            .checked_add(SignedDuration::from_secs(seconds))
            .unwrap_or(start)
    };
    let run = Run {
        start_time: Some(start),
        finish_time: Some(after(deed.seconds.min(timeout_seconds))),
        ..Run::default()
    };
    if deed.seconds > timeout_seconds {
        return Run {
            ending: RunStatus::Timeout,
            error_code: "ExecutionTimeout".to_owned(),
            error_info: "Command execution timeout.".to_owned(),
            ..run
        };
    }
    if let Some(code) = &deed.installs {
        centre.install(uuid, code, after(deed.seconds));
    }
    let ended = Run {
        exit_code: Some(deed.exit_code),
        output: deed.output,
        ..run
    };
    if deed.exit_code == 0 {
        return ended;
    }
    Run {
        ending: RunStatus::Failed,
        error_code: "ExitCodeNonzero".to_owned(),
        error_info: "The exit code of the command is not 0.".to_owned(),
        ..ended
    }
}

fn deed(centre: &DataCentre, asset: &Asset, content: &str, begin: Start<'_>) -> Deed {
    let named = centre
        .scripts
        .values()
        .find(|script| content.contains(&script.contains));
    if let Some(script) = named {
        return Deed {
            seconds: script.seconds,
            exit_code: script.exit_code,
            output: script.output.clone(),
            installs: None,
        };
    }
    let code = code_in(content);
    let known = code.and_then(|code| centre.install_codes.get(code));
    if !begin.in_container && (known.is_some() || content.contains(INSTALLER)) {
        return installation(centre, asset, content, known, begin.at);
    }
    Deed {
        seconds: centre.settings.assistant.script_seconds,
        exit_code: 0,
        output: String::new(),
        installs: None,
    }
}

fn installation(
    centre: &DataCentre,
    asset: &Asset,
    content: &str,
    code: Option<&InstallCode>,
    now: Timestamp,
) -> Deed {
    let problem = match code {
        _ if content.contains(PUBLIC_DOWNLOAD) && !asset.reaches_internet => {
            Some("download install file failed")
        }
        None => Some("install code is invalid"),
        Some(code) if !code.is_valid(now) => Some("install code has expired"),
        Some(code) if code.os != asset.os_type => Some("install code is for another operating system"),
        Some(_) => None,
    };
    let seconds = centre.settings.assistant.install_script_seconds;
    match problem {
        Some(problem) => Deed {
            seconds: seconds.min(1),
            exit_code: 1,
            output: format!("{INSTALLER}: {problem}\n"),
            installs: None,
        },
        None => Deed {
            seconds,
            exit_code: 0,
            output: format!("{INSTALLER}: installed\n"),
            installs: code.cloned(),
        },
    }
}

/// The value of the installer's option `-k=`, with or without quotes.
fn code_in(content: &str) -> Option<&str> {
    let starts = content.match_indices("-k=").filter(|(start, _)| {
        let before = content[..*start].chars().next_back();
        before.is_none_or(|before| before.is_whitespace() || matches!(before, '"' | '\'' | ','))
    });
    starts
        .map(|(start, option)| content[start + option.len()..].trim_start_matches(['"', '\'']))
        .map(|rest| {
            let end = rest.find(|character: char| !character.is_ascii_alphanumeric());
            &rest[..end.unwrap_or(rest.len())]
        })
        .find(|code| !code.is_empty())
}

/// Whether a command of this kind can run on this system.
pub fn runs_on(kind: CommandType, os: OsType) -> bool {
    (kind == CommandType::RunShellScript) == (os == OsType::Linux)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_both_systems_commands() {
        for (content, code) in [
            (
                "wget -q https://x/AliAqsInstall.sh && ./AliAqsInstall.sh -k=aBc123",
                Some("aBc123"),
            ),
            ("AliAqsInstall.exe -k=\"aBc123\"\r\n", Some("aBc123")),
            ("Start-Process x -ArgumentList '-k=aBc123','-j=y'", Some("aBc123")),
            ("-k='aBc123'", Some("aBc123")),
            ("curl --insecure-k=aBc123", None),
            ("./AliAqsInstall.sh -k=$CODE", None),
            ("uptime", None),
        ] {
            assert_eq!(code_in(content), code, "{content}");
        }
    }
}
