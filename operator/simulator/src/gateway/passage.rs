//! One request on its way through the gateway. Each step takes the lock for itself, every end of
//! the way (answered, refused, stopped by a fault) writes exactly one record of the request log.

use jiff::Timestamp;

use super::admission;
use super::answer::{Answer, Delivery, Style};
use super::envelope::{Envelope, Received, Scheme};
use super::refusal::Refusal;
use crate::action::{Action, Call, Outcome, Run, Work};
use crate::actions;
use crate::fault::{Rule, Stage, Target};
use crate::log::Record;
use crate::state::{Shared, State};
use crate::sts::StsCall;
use crate::world::Account;

/// A request that is being dealt with.
pub(super) struct Passage {
    envelope: Envelope,
    action: Option<&'static Action>,
    account: Option<String>,
    request_id: String,
    received_at: Timestamp,
}

/// How the way ended.
struct End<'a> {
    answer: Answer,
    code: Option<String>,
    committed: bool,
    fault: Option<&'a Rule>,
}

impl Passage {
    pub fn begin(shared: &Shared, received: &Received) -> Self {
        let envelope = Envelope::parse(received);
        let action = actions::find(&envelope.action).filter(|a| a.product.version() == envelope.version);
        let mut state = shared.lock();
        let account = if action.is_some_and(|action| !action.signed) {
            admission::asked_account(&envelope.parameters)
        } else {
            let found = admission::find_key(&state.world, &state.sessions, &envelope.access_key_id);
            found.map(|(id, _)| id.to_owned())
        };
        Self {
            action,
            account,
            request_id: state.ids.request_id(),
            received_at: state.clock.now(),
            envelope,
        }
    }

    /// The fault that hits this request at one of these stages.
    pub fn fault(&self, shared: &Shared, stages: &[Stage]) -> Option<Rule> {
        let target = Target {
            action: &self.envelope.action,
            account: self.account.as_deref().unwrap_or_default(),
            effect: self.action.map(|action| action.effect),
            dry_run: self.envelope.is_dry_run(),
        };
        let mut state = shared.lock();
        let State { faults, ids, .. } = &mut *state;
        faults.take(stages, &target, ids)
    }

    /// All checks of the gateway; afterwards the nonce is spent.
    pub fn admit(&self, shared: &Shared) -> Result<(), Refusal> {
        admission::admit(&mut shared.lock(), &self.envelope, self.action)
    }

    /// Answers a refusal.
    pub fn refuse(&self, shared: &Shared, refusal: &Refusal) -> Answer {
        let mut state = shared.lock();
        let end = self.refused(&state, refusal);
        self.conclude(&mut state, end)
    }

    /// Ends the way by a fault, without running the action.
    pub fn stop(&self, shared: &Shared, rule: &Rule) -> Answer {
        let mut state = shared.lock();
        let style = self.style(state.clock.now());
        let answer = style.spoilt(rule, style.success(b"{}".to_vec()));
        let end = End {
            code: error_code(&answer),
            answer,
            committed: false,
            fault: Some(rule),
        };
        self.conclude(&mut state, end)
    }

    /// Runs the action; `fault` is what the log names, `spoiling` what befalls the reply.
    pub fn run(&self, shared: &Shared, fault: Option<&Rule>, spoiling: Option<&Rule>) -> Answer {
        let mut state = shared.lock();
        let mut end = match self.outcome(&mut state) {
            Ok(outcome) => End {
                answer: self.style(state.clock.now()).success(outcome.body),
                code: None,
                committed: outcome.committed,
                fault: None,
            },
            Err(refusal) => self.refused(&state, &refusal),
        };
        end.fault = fault;
        if let Some(rule) = spoiling {
            end.answer = self.style(end.answer.date).spoilt(rule, end.answer);
            end.code = error_code(&end.answer);
        }
        self.conclude(&mut state, end)
    }

    fn outcome(&self, state: &mut State) -> Result<Outcome, Refusal> {
        let action = self.action.ok_or_else(admission::no_key)?;
        match action.work {
            Work::Centre(run) => self.in_centre(state, action, run),
            Work::Roles(run) => {
                let now = state.clock.now();
                let key = state.sessions.key(&self.envelope.access_key_id);
                let key = key.or_else(|| state.world.key(&self.envelope.access_key_id));
                let caller = key.map(|(account, key)| (account.to_owned(), key.clone()));
                run(&mut StsCall {
                    parameters: &self.envelope.parameters,
                    caller: caller.as_ref().map(|(account, key)| (account.as_str(), key)),
                    world: &state.world,
                    sessions: &mut state.sessions,
                    ids: &mut state.ids,
                    now,
                })
            }
        }
    }

    fn in_centre(&self, state: &mut State, action: &Action, run: Run) -> Result<Outcome, Refusal> {
        let account_id = self.account.as_deref().ok_or_else(admission::no_key)?;
        let parameters = &self.envelope.parameters;
        let now = state.clock.now();
        let (token, dry_run) = if action.takes_client_token {
            (client_token(&self.envelope)?, self.envelope.dry_run()?)
        } else {
            (None, false)
        };
        let token = token.filter(|_| !dry_run);
        let answered = token.and_then(|token| {
            let memory = &mut state.memory;
            memory.answered(account_id, action.name, token, parameters.as_map(), now)
        });
        if let Some(body) = answered {
            return Ok(Outcome {
                body: body?,
                committed: false,
            });
        }
        let account = state
            .world
            .accounts
            .get_mut(account_id)
            .ok_or_else(admission::no_key)?;
        let Account {
            keys, data_centres, ..
        } = account;
        let outcome = run(&mut Call {
            parameters,
            account_id,
            access_key_id: &self.envelope.access_key_id,
            key: keys
                .get(&self.envelope.access_key_id)
                .or_else(|| Some(state.sessions.key(&self.envelope.access_key_id)?.1))
                .ok_or_else(admission::no_key)?,
            centre_name: self.envelope.centre,
            centre: data_centres.entry(self.envelope.centre.to_owned()).or_default(),
            ids: &mut state.ids,
            now,
            dry_run,
        })?;
        if let Some(token) = token.filter(|_| outcome.committed) {
            let memory = &mut state.memory;
            memory.remember(
                account_id,
                action.name,
                token,
                parameters.as_map(),
                &outcome.body,
                now,
            );
        }
        Ok(outcome)
    }

    fn refused(&self, state: &State, refusal: &Refusal) -> End<'static> {
        End {
            answer: self.style(state.clock.now()).refusal(refusal),
            code: Some(refusal.code.clone()),
            committed: false,
            fault: None,
        }
    }

    fn style(&self, date: Timestamp) -> Style<'_> {
        Style {
            action: &self.envelope.action,
            product: self.action.map(|action| action.product),
            request_id: &self.request_id,
            host: &self.envelope.host,
            wants_json: self.envelope.wants_json,
            date,
        }
    }

    fn conclude(&self, state: &mut State, end: End<'_>) -> Answer {
        let envelope = &self.envelope;
        let answered = !matches!(end.answer.delivery, Delivery::ResetAfter(_));
        let takes_dry_run = self.action.is_some_and(|action| action.takes_client_token);
        state.log.push(Record {
            seq: 0,
            received_at: self.received_at,
            account: self.account.clone(),
            access_key_id: envelope.access_key_id.clone(),
            product: self.action.map(|action| action.product.name()),
            version: envelope.version.clone(),
            action: envelope.action.clone(),
            region: Some(envelope.centre.to_owned()),
            method: envelope.method.to_string(),
            signature: Some(match envelope.scheme {
                Scheme::V1 => "V1",
                Scheme::V3 => "V3",
            }),
            nonce: envelope.nonce.clone(),
            user_agent: envelope.user_agent.clone(),
            parameters: envelope.parameters.as_map().clone(),
            effect: self.action.map(|action| action.effect),
            dry_run: takes_dry_run && envelope.is_dry_run(),
            committed: end.committed,
            committed_at: end.committed.then_some(end.answer.date),
            status: answered.then_some(end.answer.status),
            code: end.code,
            request_id: self.request_id.clone(),
            fault: end.fault.map(|rule| rule.kind.name()),
        });
        end.answer
    }
}

/// The `ClientToken`, when it has the documented form.
fn client_token(envelope: &Envelope) -> Result<Option<&str>, Refusal> {
    match envelope.parameters.text("ClientToken") {
        Some(token) if token.len() > 64 || !token.is_ascii() => Err(Refusal::invalid("ClientToken")),
        token => Ok(token),
    }
}

/// The error code that an answer made by a fault carries.
fn error_code(answer: &Answer) -> Option<String> {
    if answer.status < 400 || answer.delivery != Delivery::Now {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let code = body.get("Code").or_else(|| body.get("code"));
    code?.as_str().map(str::to_owned)
}
