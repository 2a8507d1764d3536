//! The three questions and their answers, and which answers go together.

use clap::ValueEnum;

/// What servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Servers {
    /// Servers of Alibaba Cloud (ECS)
    Ecs,
    /// Servers of another cloud or of your own data centre
    Other,
}

/// How servers reach Security Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// The internal network of Alibaba Cloud, in a region in China
    Internal,
    /// A leased line or VPN into Alibaba Cloud
    LeasedLine,
    /// The internet, from China
    Public,
    /// From outside China: ECS by the internal network, others by the internet
    Overseas,
    /// A proxy, because they reach neither the internet nor Alibaba Cloud
    Proxy,
}

/// What the agent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Protect servers that exist
    Server,
    /// Put the agent into an image that servers are made from
    Image,
}

/// Operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Os {
    /// Linux
    Linux,
    /// Windows
    Windows,
}

/// Site at which the account was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Site {
    /// aliyun.com
    Cn,
    /// alibabacloud.com
    Intl,
}

/// The networks that servers can have.
pub fn networks_of(servers: Servers) -> &'static [Network] {
    match servers {
        Servers::Ecs => &[Network::Internal, Network::Overseas],
        Servers::Other => &[
            Network::Public,
            Network::LeasedLine,
            Network::Overseas,
            Network::Proxy,
        ],
    }
}

/// Why a network does not go with servers.
pub fn mismatch(servers: Servers, network: Network) -> String {
    let allowed: Vec<String> = networks_of(servers).iter().map(word).collect();
    let (whose, why) = match servers {
        Servers::Ecs => ("ecs", "are in Alibaba Cloud's own network"),
        Servers::Other => ("other", "are not in Alibaba Cloud's own network"),
    };
    format!(
        "--network {} does not go with --servers {whose}: they {why}; choose {}",
        word(&network),
        allowed.join(", ")
    )
}

/// The word of a value on the command line.
pub fn word(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}
