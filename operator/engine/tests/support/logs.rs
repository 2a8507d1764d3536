//! Keeps everything that is logged on this thread, at every level, for tests that look for what must not
//! be there. One subscriber serves all threads, because one that comes and goes misses log lines of tests
//! that run beside it.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::sync::Once;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

thread_local! {
    static KEEPING: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

static SUBSCRIBER: Once = Once::new();

/// Begins to keep what this thread logs.
pub fn keep() {
    SUBSCRIBER.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().with_writer(|| Writer);
        let layer = lines.with_filter(dynamic_filter_fn(|_, _| KEEPING.get()));
        tracing_subscriber::registry().with(layer).init();
    });
    KEEPING.set(true);
}

/// What this thread has logged since.
pub fn kept() -> String {
    KEEPING.set(false);
    KEPT.with_borrow(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        KEPT.with_borrow_mut(|kept| kept.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
