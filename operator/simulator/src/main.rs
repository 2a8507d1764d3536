//! `sas-sim`: the simulated cloud as a server of its own. It prints one line of JSON when it is
//! ready and ends at once on SIGTERM or SIGINT.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use sas_sim::{ClockChange, Simulator, World, action};
use serde_json::json;

/// A simulated Alibaba Cloud Security Center: the vendor's own clients take it for the cloud, and a
/// browser that opens its address sees what it holds.
#[derive(Parser)]
#[command(
    name = "sas-sim",
    version,
    after_help = "Start with: sas-sim serve --listen 127.0.0.1:8080"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the cloud, its control interface under /_sim/ and a page at / until SIGTERM or SIGINT.
    ///
    /// Prints {"url", "credentials": {"accessKeyID", "accessKeySecret"}} as one line when ready.
    /// Give the URL to any client of the vendor as its endpoint, over HTTP.
    Serve(Serve),
    /// Prints the demo world as JSON, to start a world file from.
    World {
        /// Seed of keys and ids.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Prints the JSON Schema of a world file, for an editor that completes and checks.
    Schema,
    /// Lists the actions that the simulator knows.
    Actions {
        /// As JSON: name, product, version, effect, methods, clientToken, ramAction.
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
struct Serve {
    /// Address and port to listen on; port 0 takes a free one.
    ///
    /// The page and /_sim/ ask for no key: whoever reaches the address may read and change the world.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Name besides addresses and localhost by which the page and /_sim/ may be called; may be repeated.
    ///
    /// Other names are refused, so that no page of another site can reach them through a browser.
    #[arg(long, value_name = "NAME")]
    host_name: Vec<String>,
    /// World file, YAML or JSON; without it the built-in demo world, which `sas-sim world` prints.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// Seed of ids, and of the keys of the demo world; replaces the one in the world file.
    #[arg(long)]
    seed: Option<u64>,
    /// Simulated seconds per real second, from 0 (frozen) to 1000000.
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    speed: f64,
    /// Writes the URL to this file once ready.
    #[arg(long, value_name = "FILE")]
    write_url: Option<PathBuf>,
    /// Writes the first key as {"accessKeyID", "accessKeySecret"} to this file once ready.
    #[arg(long, value_name = "FILE")]
    write_credentials: Option<PathBuf>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    match act(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => run(&serve),
        Command::World { seed } => {
            let world = World::demo(seed, jiff::Timestamp::now());
            println(&serde_json::to_string_pretty(&world)?)
        }
        Command::Schema => println(&serde_json::to_string_pretty(&World::schema())?),
        Command::Actions { json: true } => println(&serde_json::to_string_pretty(&action::all())?),
        Command::Actions { json: false } => action::all().iter().try_for_each(|action| {
            let methods = action.methods.join("|");
            println(&format!(
                "{} {} {} {methods}",
                action.product, action.version, action.name
            ))
        }),
    }
}

fn run(serve: &Serve) -> anyhow::Result<()> {
    let world = load(serve)?;
    let credentials = world
        .first_key()
        .map(|(id, key)| json!({"accessKeyID": id, "accessKeySecret": key.access_key_secret}));
    let simulator = Simulator::start_with_names(world, serve.listen, serve.host_name.clone())
        .with_context(|| format!("failed to listen on {}", serve.listen))?;
    simulator.change_clock(&ClockChange {
        speed: Some(serve.speed),
        ..ClockChange::default()
    })?;
    let url = simulator.url();
    write(serve.write_url.as_deref(), &url)?;
    write(
        serve.write_credentials.as_deref(),
        &json!(credentials).to_string(),
    )?;
    if !serve.listen.ip().is_loopback() {
        eprintln!("warning: whoever reaches {url} may read and change the world: /_sim/ asks for no key");
    }
    // Signals are watched before anybody is told that the server is ready.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        println(&json!({"url": url, "credentials": credentials}).to_string())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        anyhow::Ok(())
    })
}

fn load(serve: &Serve) -> anyhow::Result<World> {
    let Some(path) = &serve.world else {
        return Ok(World::demo(serve.seed.unwrap_or(1), jiff::Timestamp::now()));
    };
    let read = || std::fs::read_to_string(path).map_err(anyhow::Error::from);
    let mut world = read()
        .and_then(|text| Ok(World::parse(&text)?))
        .with_context(|| format!("failed to load {}", path.display()))?;
    world.seed = serve.seed.unwrap_or(world.seed);
    Ok(world)
}

/// Writes a file that is complete when it appears.
fn write(path: Option<&Path>, text: &str) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("failed to write {}", path.display()))
}

fn println(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
