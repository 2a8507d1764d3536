//! `kubectl sas init`: asks the three questions of the vendor's onboarding (what servers, which network,
//! what for) and prints the manifests that follow. Asks no API server and changes nothing.

mod manifests;
mod questions;

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Result, bail};
use clap::ValueEnum;

pub use self::questions::{Network, Os, Purpose, Servers, Site};
use super::Ended;
use crate::args::Connection;
use crate::names::label;
use crate::output;

/// Flags of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What servers; asked for where it is left out.
    #[arg(long, value_name = "SERVERS")]
    servers: Option<Servers>,
    /// How they reach Security Center; asked for where it is left out.
    #[arg(long, value_name = "NETWORK")]
    network: Option<Network>,
    /// What for; asked for where it is left out.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// Operating system.
    #[arg(long, value_name = "OS", default_value = "linux")]
    os: Os,
    /// Site at which the account was opened: aliyun.com or alibabacloud.com.
    #[arg(long, value_name = "SITE", default_value = "cn")]
    site: Site,
    /// Name of the SasAccount.
    #[arg(long, value_name = "NAME", default_value = "main", value_parser = label)]
    account: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// What servers.
    pub servers: Servers,
    /// How they reach Security Center.
    pub network: Network,
    /// What for.
    pub purpose: Purpose,
    /// Operating system.
    pub os: Os,
    /// Site of the account.
    pub site: Site,
    /// Name of the SasAccount.
    pub account: String,
    /// Namespace, where one is given; otherwise the manifests name none.
    pub namespace: Option<String>,
}

/// Asks what the flags do not say and prints the manifests.
pub fn run(args: &Args, connection: &Connection) -> Result<Ended> {
    let (stdin, stderr) = (std::io::stdin(), std::io::stderr());
    let mut person = Person {
        present: stdin.is_terminal(),
        input: stdin.lock(),
        output: stderr.lock(),
    };
    let namespace = connection.namespace.as_deref().map(label).transpose();
    let namespace = namespace.map_err(|error| anyhow::anyhow!("the namespace {error}"))?;
    let answers = answers(args, namespace, &mut person)?;
    output::verbatim(&manifests::of(&answers))?;
    Ok(Ended::Well)
}

fn answers(
    args: &Args,
    namespace: Option<String>,
    person: &mut Person<impl BufRead, impl Write>,
) -> Result<Answers> {
    let servers = person.answer(
        args.servers,
        "servers",
        "Which servers?",
        Servers::value_variants(),
    )?;
    let networks: Vec<Network> = questions::networks_of(servers).to_vec();
    let network = person.answer(
        args.network,
        "network",
        "How do they reach Security Center?",
        &networks,
    )?;
    if !networks.contains(&network) {
        bail!("{}", questions::mismatch(servers, network));
    }
    let purpose = person.answer(args.purpose, "purpose", "What for?", Purpose::value_variants())?;
    Ok(Answers {
        servers,
        network,
        purpose,
        os: args.os,
        site: args.site,
        account: args.account.clone(),
        namespace,
    })
}

/// Whoever answers questions, if somebody does.
struct Person<I, O> {
    present: bool,
    input: I,
    output: O,
}

impl<I: BufRead, O: Write> Person<I, O> {
    /// The answer of the flags, or of the person.
    fn answer<T: ValueEnum>(
        &mut self,
        given: Option<T>,
        flag: &str,
        question: &str,
        choices: &[T],
    ) -> Result<T> {
        if let Some(given) = given {
            return Ok(given);
        }
        let choices: Vec<_> = choices
            .iter()
            .filter_map(|choice| Some((choice, choice.to_possible_value()?)))
            .collect();
        if !self.present {
            let names: Vec<&str> = choices.iter().map(|(_, value)| value.get_name()).collect();
            bail!(
                "nobody is here to answer: say --{flag}, one of {}",
                names.join(", ")
            );
        }
        writeln!(self.output, "{question}")?;
        for (number, (_, value)) in (1..).zip(&choices) {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(self.output, "  {number}) {:<12} {help}", value.get_name())?;
        }
        loop {
            write!(self.output, "> ")?;
            self.output.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 {
                bail!("the answer is missing: say --{flag}");
            }
            let said = line.trim();
            let chosen = (1..)
                .zip(&choices)
                .find(|(number, (_, value))| said == number.to_string() || value.matches(said, true));
            if let Some((_, (choice, _))) = chosen {
                return Ok((*choice).clone());
            }
            writeln!(
                self.output,
                "write a number from 1 to {}, or a name",
                choices.len()
            )?;
        }
    }
}

#[cfg(test)]
mod tests;
