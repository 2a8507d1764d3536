//! What runs side by side is read one after another: the first page shows its lines as they come, the
//! others keep theirs until the pages before them are complete.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Pages in the order in which they are shown.
pub struct Pages<W>(Mutex<State<W>>);

struct State<W> {
    out: W,
    /// The page that is being shown.
    open: usize,
    pages: Vec<Page>,
}

#[derive(Clone, Default)]
struct Page {
    kept: String,
    complete: bool,
}

impl<W: Write> Pages<W> {
    /// So many empty pages.
    pub fn new(count: usize, out: W) -> Self {
        Self(Mutex::new(State {
            out,
            open: 0,
            pages: vec![Page::default(); count],
        }))
    }

    /// Writes a line on a page.
    pub fn line(&self, page: usize, line: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut state.pages[page].kept;
        kept.push_str(line);
        kept.push('\n');
        state.show();
    }

    /// No more lines come on this page.
    pub fn complete(&self, page: usize) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.pages[page].complete = true;
        state.show();
    }
}

impl<W: Write> State<W> {
    fn show(&mut self) {
        while let Some(page) = self.pages.get_mut(self.open) {
            // Who reads may be gone; the results are counted all the same.
            let _ = self.out.write_all(page.kept.as_bytes());
            page.kept.clear();
            if !page.complete {
                break;
            }
            self.open += 1;
        }
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_page_stay_together_and_the_first_ones_come_at_once() {
        let mut shown = Vec::new();
        let pages = Pages::new(3, &mut shown);
        let so_far = || String::from_utf8(pages.0.lock().unwrap().out.clone()).unwrap();
        pages.line(1, "b1");
        pages.line(0, "a1");
        assert_eq!(so_far(), "a1\n");
        pages.line(2, "c1");
        pages.complete(2);
        pages.line(0, "a2");
        pages.complete(0);
        assert_eq!(so_far(), "a1\na2\nb1\n");
        pages.line(1, "b2");
        pages.complete(1);
        assert_eq!(so_far(), "a1\na2\nb1\nb2\nc1\n");
    }
}
