//! Sends every registered action to a server that judges signatures: once with awkward values in every
//! parameter, once with none. Prints one line of JSON per request with what it meant to send, and ends
//! well whatever the server answers. The key comes from SAS_ACCESS_KEY_ID, SAS_ACCESS_KEY_SECRET and
//! SAS_SECURITY_TOKEN, so that no list of processes shows it.

mod awkward;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use sas_client::action::{Action, ActionInfo, Effect, EffectType, Product, Read, parameters};
use sas_client::actions::{self, Registered, Visitor};
use sas_client::wire::Shape;
use sas_client::{
    Client, Credentials, EndpointOverrides, RateLimits, RetryPolicy, SignatureVersion, Transport,
    TransportOptions, WriteRequest,
};
use serde::Serialize;
use serde_json::json;

use awkward::Awkward;

const REGION: &str = "cn-shanghai";

#[derive(Clone, Copy, ValueEnum)]
enum Signature {
    #[value(name = "V1")]
    V1,
    #[value(name = "V3")]
    V3,
}

#[derive(Clone, Parser)]
#[command(about = "Send every cloud action once with awkward values and once with none")]
struct Args {
    /// Base URL of the server.
    #[arg(long)]
    url: String,
    /// Signature version.
    #[arg(long, value_enum)]
    signature: Signature,
}

type Sending = Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// Collects the calls, because a visitor cannot wait.
struct Senders {
    args: Args,
    calls: Vec<Sending>,
}

impl Visitor for Senders {
    fn visit<A: Registered>(&mut self) {
        let awkward = A::from_wire(Awkward::default().value(&A::shape()));
        for request in [
            awkward.ok().flatten().expect("a shape describes its type"),
            A::default(),
        ] {
            self.calls.push(Box::pin(send(self.args.clone(), request)));
        }
    }
}

/// A request that travels as a read. A write is given to [`Client::send_write`], so this is for reads
/// only, which a type that is not known cannot be shown to be.
#[derive(Serialize)]
#[serde(transparent)]
struct AsRead<A>(A);

impl<A: Action> Action for AsRead<A> {
    const PRODUCT: Product = A::PRODUCT;
    const NAME: &'static str = A::NAME;
    const VERSION: &'static str = A::VERSION;
    const RAM: &'static str = A::RAM;
    const METHOD: &'static str = A::METHOD;
    const BODY: &'static [&'static str] = A::BODY;
    const SIGNED: bool = A::SIGNED;
    type Effect = Read;
    type Response = A::Response;
}

async fn send<A: Registered>(args: Args, request: A) -> anyhow::Result<()> {
    let action = ActionInfo::of::<A>();
    let flat = parameters(&request);
    let nonce: Arc<Mutex<Option<String>>> = Arc::default();
    let client = client(&args, Arc::clone(&nonce))?;
    let answer = match A::Effect::EFFECT {
        Effect::Read => client
            .read(&AsRead(request), REGION)
            .await
            .map(|reply| reply.http_status),
        Effect::Write => {
            let write = WriteRequest {
                product: action.product.name(),
                version: action.version,
                action: action.name,
                region: REGION,
                parameters: &flat,
                nonce: &uuid::Uuid::new_v4().to_string(),
                timestamp: client.now(),
                attempt: 1,
                key_fingerprint: &client.key_fingerprint().await?,
            };
            client.send_write(&write).await.map(|reply| reply.http_status)
        }
    };
    if let Err(error) = &answer {
        eprintln!("{error}");
    }
    let signature = action.signed.then_some(match args.signature {
        Signature::V1 => "V1",
        Signature::V3 => "V3",
    });
    let nonce = nonce.lock().unwrap_or_else(PoisonError::into_inner).take();
    let line = json!({
        "action": action.name, "product": action.product.name(), "version": action.version,
        "method": action.method, "signature": signature, "nonce": nonce,
        "body": action.body, "parameters": flat, "accepted": answer.is_ok(),
    });
    println!("{line}");
    Ok(())
}

/// A new client for each call: one that the server refuses must not keep the next from leaving.
fn client(args: &Args, nonce: Arc<Mutex<Option<String>>>) -> anyhow::Result<Client> {
    let variable = |name: &str| std::env::var(name).with_context(|| name.to_owned());
    let mut key = Credentials::access_key(variable("SAS_ACCESS_KEY_ID")?, variable("SAS_ACCESS_KEY_SECRET")?);
    let token = variable("SAS_SECURITY_TOKEN")
        .ok()
        .filter(|token| !token.is_empty());
    key.security_token = token.map(Into::into);
    let mut endpoints = EndpointOverrides::default();
    for product in Product::ALL {
        endpoints.set(product, &args.url).context("--url")?;
    }
    let version = match args.signature {
        Signature::V1 => SignatureVersion::V1,
        Signature::V3 => SignatureVersion::V3,
    };
    let observer = move |call: &sas_client::CallObservation| {
        nonce
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&call.nonce);
    };
    Ok(
        Client::builder(Transport::new(&TransportOptions::default())?, Arc::new(key))
            .endpoint_overrides(endpoints)
            .signature(version)
            .retry(RetryPolicy {
                tries: 1,
                pause: Duration::ZERO,
                ..RetryPolicy::default()
            })
            .rate_limits(RateLimits::default())
            .observer(Arc::new(observer))
            .build(),
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut senders = Senders {
        args: Args::parse(),
        calls: Vec::new(),
    };
    actions::visit(&mut senders);
    for call in senders.calls {
        call.await?;
    }
    Ok(())
}
