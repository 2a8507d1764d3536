//! The request log: one record per request that reached the cloud, in the order they were dealt
//! with, in a bounded ring. Tests prove from it what was asked and what was carried out, so a
//! record is complete and final when it appears.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use crate::action::Effect;

/// Records kept; older ones are dropped and counted.
const CAPACITY: usize = 20_000;
/// Bytes of parameters kept, so that large requests do not fill the memory.
const MAXIMUM_BYTES: usize = 64 << 20;

/// One request. Public request parameters (signature, token, key) are not in `parameters`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/simulator.md has the table")]
pub struct Record {
    pub seq: u64,
    pub received_at: Timestamp,
    pub account: Option<String>,
    #[serde(rename = "accessKeyID")]
    pub access_key_id: String,
    pub product: Option<&'static str>,
    pub version: String,
    pub action: String,
    pub region: Option<String>,
    pub method: String,
    pub signature: Option<&'static str>,
    pub nonce: String,
    pub user_agent: String,
    pub parameters: BTreeMap<String, String>,
    pub effect: Option<Effect>,
    pub dry_run: bool,
    pub committed: bool,
    pub committed_at: Option<Timestamp>,
    pub status: Option<u16>,
    pub code: Option<String>,
    #[serde(rename = "requestID")]
    pub request_id: String,
    pub fault: Option<String>,
}

impl Record {
    fn size(&self) -> usize {
        let parameters = self
            .parameters
            .iter()
            .map(|(name, value)| name.len() + value.len());
        parameters.sum()
    }
}

/// The answer of `GET /_sim/requests`.
#[derive(Debug, Serialize)]
pub struct Requests<'a> {
    /// Oldest first.
    pub requests: Vec<&'a Record>,
    /// Records that fell out of the ring since the start.
    pub dropped: u64,
}

/// The ring of records.
#[derive(Debug, Default)]
pub struct RequestLog {
    records: VecDeque<Record>,
    bytes: usize,
    last: u64,
}

impl RequestLog {
    /// Appends a record and numbers it.
    pub fn push(&mut self, mut record: Record) {
        self.last += 1;
        record.seq = self.last;
        self.bytes += record.size();
        self.records.push_back(record);
        // The newest one stays however large it is: tests ask what was sent last.
        while self.records.len() > CAPACITY || self.bytes > MAXIMUM_BYTES && self.records.len() > 1 {
            self.bytes -= self.records.pop_front().map_or(0, |oldest| oldest.size());
        }
    }

    /// The last records, the newest first.
    pub fn latest(&self, count: usize) -> impl Iterator<Item = &Record> {
        self.records.iter().rev().take(count)
    }

    /// Records with a number greater than `seq`.
    pub fn after(&self, seq: u64) -> Requests<'_> {
        let dropped = self.last - self.records.len() as u64;
        let skip = usize::try_from(seq.saturating_sub(dropped)).unwrap_or(usize::MAX);
        Requests {
            requests: self.records.iter().skip(skip).collect(),
            dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_drops_the_oldest_and_counts_them() {
        let mut log = RequestLog::default();
        for _ in 0..CAPACITY + 5 {
            log.push(Record::default());
        }
        let all = log.after(0);
        assert_eq!((all.requests.len(), all.dropped), (CAPACITY, 5));
        assert_eq!(all.requests[0].seq, 6);
        let seqs = |seq| log.after(seq).requests.iter().map(|r| r.seq).collect::<Vec<_>>();
        let last = (CAPACITY + 5) as u64;
        assert_eq!(seqs(last - 2), [last - 1, last]);
        assert!(seqs(last).is_empty() && seqs(u64::MAX).is_empty());
    }

    #[test]
    fn large_requests_push_out_more_than_one() {
        let mut log = RequestLog::default();
        let large = |bytes| Record {
            parameters: [("Bind.1".to_owned(), "x".repeat(bytes))].into(),
            ..Record::default()
        };
        for _ in 0..5 {
            log.push(large(MAXIMUM_BYTES / 4));
        }
        let all = log.after(0);
        assert_eq!((all.requests.len(), all.dropped), (3, 2));
        log.push(large(MAXIMUM_BYTES + 1));
        assert_eq!(
            log.after(0).requests.iter().map(|r| r.seq).collect::<Vec<_>>(),
            [6]
        );
        log.push(Record::default());
        assert_eq!((log.after(0).requests.len(), log.bytes), (1, 0));
    }
}
