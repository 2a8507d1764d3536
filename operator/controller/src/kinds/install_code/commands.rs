//! The commands that install the agent with a code, as the vendor documents them: which domain serves
//! the installer, and which servers the agent talks to, follows from how the server is connected.

use sas_api::account::DataCentre;
use sas_api::kinds::install_code::{Os, SasInstallCodeSpec, ServerNetwork};

/// Where the installer is and which servers it is told to use.
struct Route {
    download: &'static str,
    /// Message servers and update servers, where the installer's own lists do not fit.
    servers: Option<(&'static str, &'static str)>,
}

const INTERNAL: Route = Route {
    download: "update2.aegis.aliyun.com",
    servers: None,
};
const LEASED_LINE: Route = Route {
    download: "update2.aegis.aliyun.com",
    servers: Some((
        "jsrv2.aegis.aliyun.com|jsrv3.aegis.aliyun.com|jsrv4.aegis.aliyun.com|jsrv5.aegis.aliyun.com|jsrv.aegis.aliyun.com",
        "update2.aegis.aliyun.com|update4.aegis.aliyun.com|update5.aegis.aliyun.com|update3.aegis.aliyun.com|aegis.alicdn.com|update.aegis.aliyun.com",
    )),
};
const PUBLIC: Route = Route {
    download: "aegis.alicdn.com",
    servers: None,
};
const PUBLIC_ABROAD: Route = Route {
    download: "update6.aegis.aliyun.com",
    servers: Some((
        "jsrv-abroad.aegis.aliyuncs.com|jsrv.aegis.aliyun.com",
        "aegis.alicdn.com|update6.aegis.aliyun.com|update.aegis.aliyun.com",
    )),
};

const IMAGE_NOTE: &str = "For an image template: after this, shut the server down. Do not restart it.";

/// Scripts by Secret key. A code is for one operating system, so there are only scripts for that one;
/// none for a code with characters that a shell could take for more than a code.
pub(super) fn for_code(spec: &SasInstallCodeSpec, centre: DataCentre, code: &str) -> Vec<(String, String)> {
    let plain = !code.is_empty()
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !plain {
        return Vec::new();
    }
    let route = match (spec.network, centre) {
        (ServerNetwork::Internal, _) => INTERNAL,
        (ServerNetwork::LeasedLine, _) => LEASED_LINE,
        (ServerNetwork::Public, DataCentre::CnShanghai) => PUBLIC,
        (ServerNetwork::Public, DataCentre::ApSoutheast1) => PUBLIC_ABROAD,
    };
    match spec.os {
        Os::Linux => vec![(
            "install-linux.sh".to_owned(),
            linux(&route, code, spec.only_image),
        )],
        Os::Windows => vec![
            (
                "install-windows.ps1".to_owned(),
                powershell(&route, code, spec.only_image),
            ),
            (
                "install-windows.cmd".to_owned(),
                cmd(&route, code, spec.only_image),
            ),
        ],
    }
}

fn linux(route: &Route, code: &str, only_image: bool) -> String {
    let servers = route.servers.map_or(String::new(), |(messages, updates)| {
        format!("\"-j={messages}\" \"-u={updates}\" ")
    });
    let note = if only_image {
        format!("# {IMAGE_NOTE}\n")
    } else {
        String::new()
    };
    format!(
        "#!/bin/sh\n# Run as root.\n{note}wget \"https://{}/download/install/2.0/linux/AliAqsInstall.sh\" && chmod +x AliAqsInstall.sh && ./AliAqsInstall.sh {servers}-k={code}\n",
        route.download
    )
}

fn powershell(route: &Route, code: &str, only_image: bool) -> String {
    let note = if only_image {
        format!("# {IMAGE_NOTE}\r\n")
    } else {
        String::new()
    };
    format!(
        "# Run as Administrator.\r\n{note}{}; ./AliAqsInstall.exe {}-k={code}\r\n",
        download(route),
        windows_servers(route)
    )
}

fn cmd(route: &Route, code: &str, only_image: bool) -> String {
    let note = if only_image {
        format!("rem {IMAGE_NOTE}\r\n")
    } else {
        String::new()
    };
    format!(
        "rem Run as Administrator.\r\n{note}powershell -executionpolicy bypass -c \"{}; ./AliAqsInstall.exe {}-k={code}\"\r\n",
        download(route),
        windows_servers(route)
    )
}

fn download(route: &Route) -> String {
    format!(
        "(New-Object Net.WebClient).DownloadFile('https://{}/download/install/2.0/windows/AliAqsInstall.exe', $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath('.\\AliAqsInstall.exe'))",
        route.download
    )
}

fn windows_servers(route: &Route) -> String {
    route.servers.map_or(String::new(), |(messages, updates)| {
        format!("'-j={messages}' '-u={updates}' ")
    })
}

/// A length of time for people, exact.
pub(super) fn duration(seconds: i64) -> String {
    let (number, unit) = match seconds {
        _ if seconds != 0 && seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds != 0 && seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        _ => (seconds, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
