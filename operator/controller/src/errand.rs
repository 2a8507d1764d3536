//! Looks that take more reads than one pass may make: one read for each alert, or for each page of a
//! list. What one pass has read is kept in memory for the next, so that a look of any size goes on from
//! where it was, and no object holds the others up. After a restart it begins anew, which costs reads
//! and nothing else.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use sas_engine::Unavailable;

use crate::shared::Asked;

/// Reads that errands may make in one pass of one object.
pub const READS_PER_PASS: usize = 8;
/// An answer that is older than this does not count, however long the rest takes.
const LONGEST_LOOK: Duration = Duration::from_mins(15);
/// An errand that no pass has come back to for so long is dropped: its object is gone.
const ABANDONED: Duration = Duration::from_mins(30);

/// One pass of one object: how old its answers may be, and how many reads it has left.
pub struct Pass {
    uid: String,
    asked: Asked,
    left: AtomicUsize,
}

impl Pass {
    /// A pass of the object with this uid that accepts such answers.
    pub fn new(uid: impl Into<String>, asked: Asked) -> Self {
        Self {
            uid: uid.into(),
            asked,
            left: AtomicUsize::new(READS_PER_PASS),
        }
    }

    /// How old the answers may be.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// Takes up to `wanted` reads from what is left.
    fn take(&self, wanted: usize) -> usize {
        let mut taken = 0;
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                taken = left.min(wanted);
                Some(left - taken)
            });
        taken
    }
}

/// What is known so far: the answers by their questions.
pub type Answers<Q, T> = HashMap<Q, Arc<T>>;

/// Errands of one sort, one per object.
pub struct Errands<Q, T>(Mutex<HashMap<String, Errand<Q, T>>>);

struct Errand<Q, T> {
    answers: HashMap<Q, (Instant, Arc<T>)>,
    /// When the last question was answered; a look that is not over takes every answer it has.
    finished: Option<Instant>,
    touched: Instant,
}

impl<Q, T> Default for Errands<Q, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Clone + Eq + Hash, T> Errands<Q, T> {
    /// Answers to all questions, or [`Unavailable::unfinished`] while some are missing. `questions` names
    /// all of them as far as the answers so far tell: the first page of a list says how many follow.
    /// An answer that failed is asked for again by the next pass; the others stay.
    ///
    /// A look that is over serves again as long as `pass` accepts the moment of its end.
    pub async fn collect<F>(
        &self,
        pass: &Pass,
        questions: impl Fn(&Answers<Q, T>) -> Vec<Q>,
        read: impl Fn(Q) -> F,
    ) -> Result<Answers<Q, T>, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        let mut errand = self.resume(pass);
        let outcome = errand.go_on(pass, questions, read).await;
        errand.touched = Instant::now();
        self.lock().insert(pass.uid.clone(), errand);
        outcome
    }

    /// What the last pass has left, unless it is too old.
    fn resume(&self, pass: &Pass) -> Errand<Q, T> {
        let mut errands = self.lock();
        errands.retain(|_, errand| errand.touched.elapsed() < ABANDONED);
        let mut errand = errands.remove(&pass.uid).unwrap_or_else(|| Errand {
            answers: HashMap::new(),
            finished: None,
            touched: Instant::now(),
        });
        if errand.finished.is_some_and(|ended| !pass.asked.accepts(ended)) {
            errand.answers.clear();
            errand.finished = None;
        }
        errand
            .answers
            .retain(|_, (read, _)| read.elapsed() < LONGEST_LOOK);
        errand
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Errand<Q, T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Clone + Eq + Hash, T> Errand<Q, T> {
    async fn go_on<F>(
        &mut self,
        pass: &Pass,
        questions: impl Fn(&Answers<Q, T>) -> Vec<Q>,
        read: impl Fn(Q) -> F,
    ) -> Result<Answers<Q, T>, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        loop {
            let known = self.known();
            let asked = questions(&known);
            let open: Vec<Q> = asked.iter().filter(|q| !known.contains_key(q)).cloned().collect();
            if open.is_empty() {
                self.answers.retain(|question, _| asked.contains(question));
                self.finished.get_or_insert_with(Instant::now);
                return Ok(self.known());
            }
            self.finished = None;
            let affordable = pass.take(open.len());
            if affordable == 0 {
                return Err(Unavailable::unfinished(format!(
                    "the cloud is being looked at: {} of {} answers are there",
                    asked.len() - open.len(),
                    asked.len()
                )));
            }
            let now = open.into_iter().take(affordable);
            let answered = join_all(now.map(|question| {
                let answer = read(question.clone());
                async move { (question, answer.await) }
            }));
            let mut failure = None;
            for (question, answer) in answered.await {
                match answer {
                    Ok(answer) => {
                        self.answers.insert(question, (Instant::now(), Arc::new(answer)));
                    }
                    Err(unavailable) => failure = Some(unavailable),
                }
            }
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
    }

    fn known(&self) -> Answers<Q, T> {
        let answers = self.answers.iter();
        answers
            .map(|(question, (_, answer))| (question.clone(), answer.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use sas_api::Reason;

    use super::*;

    struct World {
        errands: Errands<u32, String>,
        reads: AtomicUsize,
        down: AtomicBool,
    }

    impl World {
        fn new() -> Self {
            Self {
                errands: Errands::default(),
                reads: AtomicUsize::new(0),
                down: AtomicBool::new(false),
            }
        }

        async fn pass(&self, uid: &str, asked: Asked, last: u32) -> Result<usize, Unavailable> {
            let pass = Pass::new(uid, asked);
            self.within(&pass, last).await
        }

        async fn within(&self, pass: &Pass, last: u32) -> Result<usize, Unavailable> {
            let read = |question: u32| async move {
                self.reads.fetch_add(1, Ordering::Relaxed);
                if self.down.load(Ordering::Relaxed) && question.is_multiple_of(2) {
                    return Err(Unavailable::new(Reason::CloudUnavailable, "down"));
                }
                Ok(format!("answer {question}"))
            };
            let answers = self.errands.collect(pass, |_| (1..=last).collect(), read).await?;
            assert!(answers.iter().all(|(q, a)| **a == format!("answer {q}")));
            Ok(answers.len())
        }

        fn reads(&self) -> usize {
            self.reads.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_long_look_goes_on_over_passes_and_reads_nothing_twice() {
        let world = World::new();
        for pass in 1..=2 {
            let unfinished = world.pass("a", Asked::fresh(), 20).await.unwrap_err();
            assert!(unfinished.unfinished);
            assert_eq!(world.reads(), pass * READS_PER_PASS);
            let so_far = format!("{} of 20", pass * READS_PER_PASS);
            assert!(unfinished.message.contains(&so_far), "{}", unfinished.message);
        }
        assert_eq!(world.pass("a", Asked::fresh(), 20).await, Ok(20));
        assert_eq!(world.reads(), 20);
    }

    #[tokio::test]
    async fn a_look_that_is_over_serves_who_accepts_its_age_and_nobody_else() {
        let world = World::new();
        assert_eq!(world.pass("a", Asked::fresh(), 3).await, Ok(3));
        assert_eq!(world.pass("a", Asked::recent(None), 3).await, Ok(3));
        assert_eq!(world.reads(), 3);
        assert_eq!(world.pass("a", Asked::fresh(), 3).await, Ok(3));
        assert_eq!(world.reads(), 6);
        assert_eq!(world.pass("b", Asked::recent(None), 3).await, Ok(3));
        assert_eq!(world.reads(), 9);
    }

    #[tokio::test]
    async fn further_questions_are_answered_within_the_same_pass_and_budget() {
        let world = World::new();
        let pass = Pass::new("a", Asked::fresh());
        assert_eq!(world.within(&pass, 3).await, Ok(3));
        assert!(world.within(&pass, 10).await.unwrap_err().unfinished);
        assert_eq!(world.reads(), READS_PER_PASS);
        assert_eq!(world.pass("a", Asked::fresh(), 10).await, Ok(10));
        assert_eq!(world.reads(), 10);
    }

    #[tokio::test]
    async fn the_first_page_says_how_many_follow() {
        let errands: Errands<u32, u32> = Errands::default();
        let reads = AtomicUsize::new(0);
        let pages = |known: &Answers<u32, u32>| (1..=known.get(&1).map_or(1, |total| **total)).collect();
        let read = |_| async {
            reads.fetch_add(1, Ordering::Relaxed);
            Ok(12)
        };
        let pass = Pass::new("a", Asked::fresh());
        assert!(errands.collect(&pass, pages, read).await.unwrap_err().unfinished);
        let pass = Pass::new("a", Asked::fresh());
        assert_eq!(errands.collect(&pass, pages, read).await.unwrap().len(), 12);
        assert_eq!(reads.load(Ordering::Relaxed), 12);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_costs_only_the_answers_that_failed() {
        let world = World::new();
        world.down.store(true, Ordering::Relaxed);
        let failed = world.pass("a", Asked::fresh(), 4).await.unwrap_err();
        assert_eq!(failed.reason, Reason::CloudUnavailable);
        world.down.store(false, Ordering::Relaxed);
        assert_eq!(world.pass("a", Asked::fresh(), 4).await, Ok(4));
        assert_eq!(world.reads(), 6);
    }
}
