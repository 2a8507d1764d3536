//! The one direct child of a world: the supervisor of tests/controlplane, which starts everything else
//! and ends with its stdin. Commands go in as JSON lines, events come out as JSON lines.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::interrupt::Interrupt;

/// One line to the supervisor.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Request<'a> {
    ControlPlane(&'a ControlPlane<'a>),
    Process(&'a Process),
}

/// A throw-away cluster, see tests/controlplane/controlplane.go.
#[derive(Serialize)]
pub struct ControlPlane<'a> {
    /// Where the kubeconfigs go.
    pub dir: &'a Path,
    /// The multi-call program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<&'a Path>,
    /// Or a folder with separate programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<&'a Path>,
    /// Who may sign in.
    pub identities: &'a [Identity],
    /// Start the API server again when it ends.
    pub restart: bool,
}

/// A user with a static token; `name` names the kubeconfig.
#[derive(Serialize)]
pub struct Identity {
    /// File name without `.kubeconfig`.
    pub name: &'static str,
    /// User name at the API server.
    pub user: &'static str,
    /// Groups beside `system:authenticated`.
    pub groups: &'static [&'static str],
}

/// A further process of the world, see tests/controlplane/child.go.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Name in events.
    pub name: &'static str,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Added to this process's own environment.
    pub env: BTreeMap<&'static str, String>,
    /// File for stdout and stderr.
    pub log: PathBuf,
    /// Answers 200 when the process is ready.
    #[serde(rename = "readyURL", skip_serializing_if = "Option::is_none")]
    pub ready_url: Option<String>,
    /// Is not empty when the process is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_file: Option<PathBuf>,
    /// Its unexpected end ends nothing else.
    pub optional: bool,
}

/// One line from the supervisor.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// A part can be used, so many seconds after its start.
    Ready {
        /// The part.
        name: String,
        /// From start to ready.
        #[serde(default)]
        seconds: f64,
    },
    /// An optional part ended.
    Exited {
        /// The part.
        name: String,
        /// How it ended.
        error: String,
        /// Where to read why.
        log: String,
    },
    /// A part ended and was started again.
    Restarted {
        /// The part.
        name: String,
    },
    /// Everything is being ended because of this.
    Failed {
        /// What happened.
        error: String,
    },
    /// Everything has ended.
    Ended,
}

/// A running supervisor. Dropping it ends everything and waits for that.
pub struct Supervisor {
    child: Child,
    stdin: Option<ChildStdin>,
    events: Receiver<Event>,
}

impl Supervisor {
    /// Starts it. Must be called on a thread that lives until the end, see [`crate::guard`].
    pub fn start(program: &Path) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let mut child = Command::new(program)
            .arg("supervise")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0) // Ctrl-C reaches this process only, which then ends the world in order
            .spawn()
            .context("failed to start the supervisor")?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, events) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                match serde_json::from_str::<Event>(&line) {
                    // Nobody receives any more once the world is dropped.
                    Ok(event) => drop(sender.send(event)),
                    Err(error) => eprintln!("failed to read the supervisor's event {line}: {error}"),
                }
            }
        });
        Ok(Self { child, stdin, events })
    }

    /// Starts a control plane and returns once it answers.
    pub fn control_plane(&mut self, spec: &ControlPlane, interrupt: &Interrupt) -> Result<()> {
        self.send(&Request::ControlPlane(spec))?;
        self.wait_ready("control-plane", interrupt)
    }

    /// Starts a process and returns once it is ready.
    pub fn process(&mut self, spec: &Process, interrupt: &Interrupt) -> Result<()> {
        self.send(&Request::Process(spec))?;
        self.wait_ready(spec.name, interrupt)
    }

    fn send(&mut self, command: &Request) -> Result<()> {
        let mut line = serde_json::to_vec(command).context("failed to write a command")?;
        line.push(b'\n');
        let stdin = self
            .stdin
            .as_mut()
            .expect("stdin is closed only when this is dropped");
        stdin.write_all(&line).context("failed to reach the supervisor")
    }

    fn wait_ready(&self, wanted: &str, interrupt: &Interrupt) -> Result<()> {
        loop {
            interrupt.check()?;
            match self.next_event(Duration::from_millis(100))? {
                Some(Event::Ready { name, seconds }) if name == wanted => {
                    if seconds > 0.0 {
                        eprintln!("  {name} ready in {seconds:.1} s");
                    }
                    return Ok(());
                }
                Some(Event::Ready { name, seconds }) => eprintln!("  {name} ready in {seconds:.1} s"),
                Some(event) => event.tell()?,
                None => {}
            }
        }
    }

    /// The next event, `None` when there is none within the time.
    pub fn next_event(&self, within: Duration) -> Result<Option<Event>> {
        match self.events.recv_timeout(within) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the supervisor ended unexpectedly"),
        }
    }
}

impl Event {
    /// Says on stderr what happened; an error when it was the end.
    pub fn tell(self) -> Result<()> {
        match self {
            Self::Ready { .. } => {}
            Self::Exited { name, error, log } => eprintln!("{name} ended ({error}), see {log}"),
            Self::Restarted { name } => eprintln!("{name} was restarted"),
            Self::Failed { error } => bail!(error),
            Self::Ended => bail!("the supervisor was ended from outside"),
        }
        Ok(())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("failed to wait for the supervisor: {error}");
        }
    }
}
