//! How much memory a reply can take, measured: in a process of its own, against a server that makes its
//! text while it sends it.

use std::process::Command;

use sas_client::actions::{DescribeCloudCenterInstances, GetAuthSummary};
use sas_client::{Client, CloudError, ErrorKind, RetryPolicy, TransportOptions, Verdict};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::hostile::{REGION, write};
use crate::server::{Server, builder_with, client, quick, read_request, success};

const MEGABYTE: usize = 1024 * 1024;
const CHILD: &str = "SAS_CLIENT_TEST_MEMORY_CHILD";
/// How much a process may grow over the worst reply: twice the largest answer while it is read, and what
/// the largest number of rows takes.
const MOST_GROWTH_KIB: u64 = 40 * 1024;

/// The largest size that a process has had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Runs itself alone, since other tests would count as well.
#[test]
#[cfg(target_os = "linux")]
fn no_reply_takes_much_memory() {
    if std::env::var_os(CHILD).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(memory_child());
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::no_reply_takes_much_memory", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    println!("{text}");
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(
        child.status.success() && text.contains("1 passed"),
        "{text} {errors}"
    );
}

/// A server that sends one text over and over, made while it is sent.
async fn repeating_server(before: &'static str, unit: &'static str, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if read_request(&mut stream).await.is_none() {
                continue;
            }
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{before}");
            let mut alive = stream.write_all(head.as_bytes()).await.is_ok();
            let per_block = 64 * 1024 / unit.len();
            let block = unit.repeat(per_block);
            for _ in 0..times / per_block {
                alive = alive && stream.write_all(block.as_bytes()).await.is_ok();
            }
            let rest = format!("{}{{}}]}}", unit.repeat(times % per_block));
            let _ = stream.write_all(rest.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

async fn memory_child() {
    let normal = Server::start([success()]).await;
    client(&normal)
        .read(&GetAuthSummary::default(), REGION)
        .await
        .unwrap();
    let before = peak_kib();
    let list = r#"{"RequestId":"A-1","x":["#;
    let rows = r#"{"RequestId":"A-1","Instances":["#;
    let message = r#"{"RequestId":"A-1","Message":["#;
    let denial = r#"{"Code":"A","AccessDeniedDetail":["#;
    let text = "\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\",";
    let refused = [
        ("60 MB of text", list, text, 60 * MEGABYTE / text.len()),
        ("numbers", list, "0,", 4_000_000),
        ("numbers in a field that is read", message, "0,", 4_000_000),
        ("lists", list, "[],", 2_500_000),
        ("empty rows", rows, "{},", 2_500_000),
        ("denials", denial, "[[]],", 1_500_000),
        ("lists that open", list, "[", 8_000_000),
    ];
    for (name, head, unit, times) in refused {
        let error = write(&patient(head, unit, times).await).await.expect_err(name);
        let seen = (error.kind, error.verdict);
        assert_eq!(seen, (ErrorKind::Unreadable, Verdict::Unknown), "{name}: {error}");
        let error = rows_of(&patient(head, unit, times).await).await.expect_err(name);
        assert_eq!(error.kind, ErrorKind::Unreadable, "{name}: {error}");
        check_growth(name, before);
    }
    // As much as is read at all.
    let accepted = [
        ("8 MB of text", list, text, 8 * MEGABYTE / text.len() - 2),
        ("as many numbers as are read", list, "0,", 199_990),
        ("as many rows as are read", rows, "{},", 19_990),
    ];
    for (name, head, unit, times) in accepted {
        write(&patient(head, unit, times).await).await.expect(name);
        rows_of(&patient(head, unit, times).await).await.expect(name);
        check_growth(name, before);
    }
}

/// A client with the usual limits of a server that repeats itself.
async fn patient(before: &'static str, unit: &'static str, times: usize) -> Client {
    let url = repeating_server(before, unit, times).await;
    let retry = RetryPolicy { tries: 1, ..quick() };
    builder_with(&url, &TransportOptions::default())
        .retry(retry)
        .build()
}

async fn rows_of(client: &Client) -> Result<usize, CloudError> {
    let rows = client
        .read(&DescribeCloudCenterInstances::default(), REGION)
        .await?;
    Ok(rows.body.instances.len())
}

fn check_growth(name: &str, before: u64) {
    let growth = peak_kib() - before;
    println!("{name}: the peak is {growth} KiB above that of a small answer");
    assert!(growth <= MOST_GROWTH_KIB, "{name}: {growth} KiB");
}
