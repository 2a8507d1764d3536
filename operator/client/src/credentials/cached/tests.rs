//! The life of a temporary key, by a clock that stands still until it is moved.

use std::collections::VecDeque;

use tokio::time::sleep;

use super::*;

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Gives what its script says, some milliseconds after it is asked; `STS.n` is the n-th key.
struct Script {
    answers: Mutex<VecDeque<Result<Duration, CredentialsError>>>,
    asked: Arc<Mutex<u32>>,
}

impl IssueKeys for Script {
    fn issue(&self) -> BoxFuture<'_, Result<Issued, CredentialsError>> {
        Box::pin(async {
            let number = {
                let mut asked = self.asked.lock().unwrap();
                *asked += 1;
                *asked
            };
            sleep(Duration::from_millis(20)).await;
            let answer = self.answers.lock().unwrap().pop_front();
            answer.expect("the script has an answer").map(|lifetime| Issued {
                key: Credentials::access_key(format!("STS.{number}"), "s"),
                lifetime,
            })
        })
    }
}

/// Keys by a script, and the hands of their clock.
struct Stage {
    keys: Cached,
    asked: Arc<Mutex<u32>>,
    now: Arc<Mutex<Instant>>,
}

impl Stage {
    fn new(answers: impl IntoIterator<Item = Result<Duration, CredentialsError>>) -> Self {
        let (asked, now) = (Arc::default(), Arc::new(Mutex::new(Instant::now())));
        let script = Script {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Arc::clone(&asked),
        };
        let hands = Arc::clone(&now);
        let keys = Cached::timed(script, move || *hands.lock().unwrap());
        Self { keys, asked, now }
    }

    fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    async fn id(&self) -> String {
        self.keys.provide().await.unwrap().access_key_id
    }

    /// Waits for the end of what runs in the background.
    async fn settle(&self) {
        tokio::task::yield_now().await;
        drop(self.keys.0.turn.lock().await);
    }
}

#[tokio::test]
async fn many_callers_are_one_flight() {
    let stage = Stage::new([Ok(HOUR)]);
    let ids = futures::future::join_all((0..50).map(|_| stage.id())).await;
    assert!(ids.iter().all(|id| id == "STS.1"), "{ids:?}");
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_ends_nothing_for_the_others() {
    let stage = Stage::new([Ok(HOUR)]);
    let impatient = tokio::time::timeout(Duration::from_millis(1), stage.keys.provide());
    assert!(impatient.await.is_err());
    assert_eq!(stage.id().await, "STS.1");
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn renewal_comes_before_the_end_and_nobody_waits_for_it() {
    let stage = Stage::new([Ok(HOUR), Ok(HOUR)]);
    assert_eq!(stage.id().await, "STS.1");
    // The margin is 15 to 18 minutes.
    stage.advance(MINUTE * 41);
    assert_eq!(stage.id().await, "STS.1");
    stage.settle().await;
    assert_eq!(stage.asked(), 1);
    stage.advance(MINUTE * 5);
    for _ in 0..3 {
        assert_eq!(stage.id().await, "STS.1", "the renewal has not ended yet");
    }
    stage.settle().await;
    assert_eq!(stage.id().await, "STS.2");
    assert_eq!(stage.asked(), 2);
}

#[tokio::test]
async fn a_short_key_is_renewed_in_the_last_third_of_its_life() {
    let stage = Stage::new([Ok(MINUTE * 3), Ok(MINUTE * 3)]);
    assert_eq!(stage.id().await, "STS.1");
    stage.advance(Duration::from_secs(100));
    assert_eq!(stage.id().await, "STS.1");
    stage.settle().await;
    assert_eq!(stage.asked(), 1);
    stage.advance(Duration::from_secs(25));
    assert_eq!(stage.id().await, "STS.1");
    stage.settle().await;
    assert_eq!(stage.id().await, "STS.2");
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_old_key_until_its_end() {
    let down = || Err(CredentialsError::transient("down"));
    let stage = Stage::new([Ok(HOUR)].into_iter().chain((0..100).map(|_| down())));
    assert_eq!(stage.id().await, "STS.1");
    stage.advance(MINUTE * 50);
    for _ in 0..9 {
        assert_eq!(stage.id().await, "STS.1");
        stage.settle().await;
        stage.advance(MINUTE);
    }
    assert_eq!(stage.asked(), 10, "once a minute");
    stage.advance(MINUTE * 2);
    let error = stage.keys.provide().await.unwrap_err();
    assert_eq!(error.to_string(), "failed to get credentials: down");
}

#[tokio::test]
async fn a_refusal_is_asked_for_once_per_pause() {
    let refused = || Err(CredentialsError::lasting("no such role"));
    let stage = Stage::new((0..100).map(|_| refused()));
    for _ in 0..300 {
        assert!(stage.keys.provide().await.is_err());
        stage.advance(Duration::from_secs(1));
    }
    // At 0, 5, 15, 35, 75, 155 and 315 seconds, a fifth of each pause sooner or later.
    let tries = stage.asked();
    assert!((6..=7).contains(&tries), "{tries} tries in five minutes");
}

#[tokio::test]
async fn a_refused_key_is_renewed_once_unless_it_is_young() {
    let stage = Stage::new([Ok(HOUR), Ok(HOUR)]);
    let first = stage.keys.provide().await.unwrap();
    assert!(
        !stage.keys.refused(&first),
        "a young key is not refused for its age"
    );
    assert_eq!(stage.id().await, "STS.1");
    stage.advance(YOUNG);
    assert!(stage.keys.refused(&first) && stage.keys.refused(&first));
    assert_eq!(stage.id().await, "STS.2");
    // Somebody who was slow to learn of it has no say about the second key.
    assert!(stage.keys.refused(&first));
    assert_eq!(stage.id().await, "STS.2");
    assert_eq!(stage.asked(), 2);
}

type Damage = fn(&mut TemporaryKey);

#[test]
fn an_incomplete_key_or_one_that_has_ended_is_not_taken() {
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let whole = || TemporaryKey {
        access_key_id: Some("STS.1".into()),
        access_key_secret: Some("s".into()),
        security_token: Some("t".into()),
        expiration: Some("2026-01-02T04:04:05Z".parse().unwrap()),
    };
    let issued = Issued::checked(Some(whole()), now).unwrap();
    assert_eq!(issued.lifetime, HOUR);
    let damages: [Damage; 5] = [
        |key| key.access_key_id = None,
        |key| key.access_key_secret = Some("".into()),
        |key| key.security_token = None,
        |key| key.expiration = None,
        |key| key.expiration = "2026-01-02T03:04:05Z".parse().ok(),
    ];
    for damage in damages {
        let mut key = whole();
        damage(&mut key);
        assert!(Issued::checked(Some(key), now).is_err());
    }
    assert!(Issued::checked(None, now).is_err());
}
