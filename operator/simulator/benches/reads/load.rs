//! The load: many requests under way at once on one thread, each started when the one before it
//! has been answered, and the time each took.

use std::cell::{Cell, RefCell};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sas_client::{
    Client, CloudError, Credentials, EndpointOverrides, Product, RateLimits, SignatureVersion, Transport,
    TransportOptions,
};

use crate::program::{self, Program};
use crate::{Read, Shape};

/// One shape of request, in one signature version.
pub struct Load {
    client: Client,
    shape: Shape,
}

/// The times of all requests of a run.
pub struct Measured {
    elapsed: Duration,
    microseconds: Vec<u64>,
}

impl Load {
    pub fn new(program: &Program, signature: SignatureVersion, shape: Shape) -> anyhow::Result<Self> {
        let mut endpoints = EndpointOverrides::default();
        endpoints.set(Product::Sas, &program.url)?;
        let credentials = Credentials::access_key(program::KEY, program::SECRET);
        let client = Client::builder(Transport::new(&TransportOptions::default())?, Arc::new(credentials))
            .endpoint_overrides(endpoints)
            .signature(signature)
            .rate_limits(RateLimits {
                per_second: NonZeroU32::MAX,
                ..RateLimits::default()
            })
            .build();
        Ok(Self { client, shape })
    }

    /// Keeps `connections` requests under way for so long. Every answer must be right.
    pub async fn run(&self, connections: usize, duration: Duration) -> anyhow::Result<Measured> {
        let started = Instant::now();
        let sent = Cell::new(0);
        let microseconds = RefCell::new(Vec::new());
        let worker = async || -> anyhow::Result<()> {
            while started.elapsed() < duration {
                let n = sent.replace(sent.get() + 1);
                let begun = Instant::now();
                self.send(n).await?;
                let took = begun.elapsed().as_micros().try_into()?;
                microseconds.borrow_mut().push(took);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..connections).map(|_| Box::pin(worker())).collect();
        for worker in futures::future::join_all(workers).await {
            worker?;
        }
        let mut microseconds = microseconds.into_inner();
        microseconds.sort_unstable();
        Ok(Measured {
            elapsed: started.elapsed(),
            microseconds,
        })
    }

    async fn send(&self, n: usize) -> Result<(), CloudError> {
        match self.shape.request(n) {
            Read::Servers(request) => {
                let reply = self.client.read(&request, "cn-shanghai").await?;
                let expected = match self.shape {
                    Shape::Uuid | Shape::InstanceId => 1,
                    Shape::HundredUuids | Shape::PageOf100 => 100,
                    _ => 20,
                };
                assert_eq!(reply.body.instances.len(), expected, "servers of a page");
            }
            Read::Summary(request) => {
                self.client.read(&request, "cn-shanghai").await?;
            }
        }
        Ok(())
    }
}

impl Measured {
    pub fn requests(&self) -> usize {
        self.microseconds.len()
    }

    pub fn per_second(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time in microseconds within which so many of 100 requests were answered.
    pub fn percentile(&self, percent: usize) -> u64 {
        let last = self.requests().saturating_sub(1);
        self.microseconds.get(last * percent / 100).copied().unwrap_or(0)
    }
}
