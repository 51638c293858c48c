//! The application on a database of its own, called in-process.

use std::num::NonZeroU32;
use std::sync::Arc;

use accounts::{
    AccessChanges, AccountSettings, AccountsContext, ExternalRules, PasswordCost, PasswordHashing,
};
use alarms::AlarmFeed;
use assessment::Desk;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use background_jobs::{AuditWatch, JobBoard};
use beijing_time::{Clock, FixedClock, Timestamp};
use commands::{CommandsHandle, LiveConnections};
use database::Database;
use forwarding::ForwardingHandle;
use http_api::{AccountsGate, ApiSettings, ApiState, SignOnDoor, router};
use monitoring::{
    Interpreter, InterpreterSettings, InterpreterTask, Journal, JournalSettings, JournalTask,
    LiveFeed, Quarantine, QuarantineSettings, QuarantineTask,
};
use serde_json::Value;
use sign_on::{SignOn, SignOnSettings};
use sites::{DirectoryHandle, SealingKey};
use test_support::{TestDatabase, TestFolder};
use tower::ServiceExt;
use verdicts::{Rulebook, VerdictFeed};

/// The API over a SQLite database of its own, with a clock that stands.
pub(crate) struct TestApp {
    router: Router,
    pub(crate) clock: FixedClock,
    pub(crate) state: ApiState,
    _tasks: (JournalTask, QuarantineTask, InterpreterTask),
    _database: TestDatabase,
}

/// A sign-on where nobody listens: port 9 is for what is thrown away (RFC 863).
fn sign_on_door() -> SignOnDoor {
    let folder = TestFolder::new();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret").unwrap();
    let settings = SignOnSettings {
        enabled: true,
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "qingshan".to_owned(),
        client_secret_file: secret,
        ..SignOnSettings::default()
    };
    SignOnDoor {
        issuer: settings.issuer.clone(),
        client: SignOn::new(settings, "https://q.example").unwrap(),
        rules: ExternalRules::default(),
    }
}

/// What differs between servers with accounts.
#[derive(Clone, Copy)]
struct TestSettings {
    attempts_a_minute: NonZeroU32,
    strangers_a_minute: NonZeroU32,
    is_demo: bool,
    has_sign_on: bool,
}

impl Default for TestSettings {
    fn default() -> Self {
        let many = NonZeroU32::new(100_000).unwrap();
        Self {
            attempts_a_minute: many,
            strangers_a_minute: many,
            is_demo: false,
            has_sign_on: false,
        }
    }
}

impl TestApp {
    /// A server without accounts: every caller is the built-in operator.
    pub(crate) async fn new() -> Self {
        Self::start(None).await
    }

    /// A server with accounts, of which there is none yet.
    pub(crate) async fn with_accounts() -> Self {
        Self::start(Some(TestSettings::default())).await
    }

    /// The same with a limit of attempts to sign in.
    pub(crate) async fn with_attempts(a_minute: u32) -> Self {
        let attempts_a_minute = NonZeroU32::new(a_minute).unwrap();
        Self::start(Some(TestSettings {
            attempts_a_minute,
            ..TestSettings::default()
        }))
        .await
    }

    /// The same as a demonstration.
    pub(crate) async fn with_demo() -> Self {
        Self::start(Some(TestSettings {
            is_demo: true,
            ..TestSettings::default()
        }))
        .await
    }

    /// The same with a sign-on that is away.
    pub(crate) async fn with_sign_on() -> Self {
        Self::start(Some(TestSettings {
            has_sign_on: true,
            ..TestSettings::default()
        }))
        .await
    }

    /// The same with a limit of requests without a session.
    pub(crate) async fn with_strangers(a_minute: u32) -> Self {
        let strangers_a_minute = NonZeroU32::new(a_minute).unwrap();
        Self::start(Some(TestSettings {
            strangers_a_minute,
            ..TestSettings::default()
        }))
        .await
    }

    /// The same with another plan.
    pub(crate) fn with_plan(mut self, book: plan::PlanBook) -> Self {
        self.state.plan = Arc::new(book);
        self.router = router(self.state.clone());
        self
    }

    async fn start(settings: Option<TestSettings>) -> Self {
        let database = TestDatabase::sqlite().await;
        let clock = FixedClock::new("2018-05-04T13:00:00+08:00".parse::<Timestamp>().unwrap());
        let handle: Database = database.handle();
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let key = SealingKey::from_bytes([7; 32]);
        let directory = DirectoryHandle::open(&handle, key).await.unwrap();
        let (journal, journal_task) = Journal::start(
            handle.clone(),
            Arc::clone(&time),
            JournalSettings::default(),
        );
        let (quarantine, quarantine_task) =
            Quarantine::start(handle.clone(), QuarantineSettings::default());
        let feed = LiveFeed::default();
        let interpreter_task = Interpreter::start(
            handle.clone(),
            directory.clone(),
            journal.committed(),
            feed.clone(),
            Arc::clone(&time),
            InterpreterSettings::default(),
        );
        let cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        let accounts = AccountsContext {
            database: handle.clone(),
            clock: Arc::clone(&time),
            hashing: PasswordHashing::new(cost, 2).unwrap(),
            settings: Arc::new(AccountSettings {
                attempts_a_minute: settings.unwrap_or_default().attempts_a_minute,
                strangers_a_minute: settings.unwrap_or_default().strangers_a_minute,
                ..AccountSettings::default()
            }),
            sealing_key: SealingKey::from_bytes([7; 32]),
            is_demo: settings.unwrap_or_default().is_demo,
            changes: AccessChanges::default(),
        };
        let state = ApiState {
            database: handle,
            clock: time,
            jobs: JobBoard::new(),
            audit: AuditWatch::default(),
            directory,
            journal,
            quarantine,
            interpreter: interpreter_task.handle(),
            feed,
            connections: LiveConnections::new(),
            commands: CommandsHandle::default(),
            forwarding: ForwardingHandle::new(),
            alarm_feed: AlarmFeed::new(64).0,
            rulebook: Arc::new(Rulebook::shipped().unwrap()),
            verdict_feed: VerdictFeed::default(),
            accounts: settings.map(|_with_accounts| {
                let door = settings.unwrap_or_default().has_sign_on.then(sign_on_door);
                AccountsGate::new(accounts, true, door)
            }),
            plan: Arc::new(plan::PlanBook::read(&city_plan::skeleton())),
            turns: http_api::Turns::default(),
            assessment: Arc::new(Desk {
                book: Arc::new(plan::PlanBook::read(&city_plan::skeleton())),
                sealing_key: SealingKey::from_bytes([7; 32]),
                outlines: Vec::new(),
                font_folder: None,
                organ: "示例市生态环境局".to_owned(),
                press: tokio::sync::Mutex::new(()),
            }),
            settings: Arc::new(ApiSettings::default()),
        };
        Self {
            router: router(state.clone()),
            clock,
            state,
            _tasks: (journal_task, quarantine_task, interpreter_task),
            _database: database,
        }
    }

    /// Calls the API and returns the answer as it comes.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Calls the API and returns status, content type and JSON body.
    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, String, Value) {
        let (status, content_type, bytes) = self.call_bytes(request).await;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, content_type, body)
    }

    /// Calls the API and returns status, content type and the body as it is.
    pub(crate) async fn call_bytes(&self, request: Request<Body>) -> (StatusCode, String, Vec<u8>) {
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let content_type = response
            .headers()
            .get("content-type")
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20)
            .await
            .unwrap();
        (status, content_type, bytes.to_vec())
    }

    /// Calls the API and returns status, content type and the body as text.
    pub(crate) async fn call_for_text(
        &self,
        request: Request<Body>,
    ) -> (StatusCode, String, String) {
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let content_type = response
            .headers()
            .get("content-type")
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20)
            .await
            .unwrap();
        (
            status,
            content_type,
            String::from_utf8(bytes.to_vec()).unwrap(),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String, Value) {
        self.call(Request::get(path).body(Body::empty()).unwrap())
            .await
    }
}
