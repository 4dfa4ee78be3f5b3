//! Reads other status pages that components show: each address once a minute, by one pod. One that cannot be read says
//! nothing for that time; what it said last holds for ten minutes ([`pages::document::EXTERNAL_FRESH_MS`]).

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use http::header::{ACCEPT, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::Full;
use shared::guard::TargetGuard;
use shared::http::client::CallError;
use shared::lasting::Lasting;
use shared::outgoing::{GuardedClient, is_blocked};
use shared::shutdown::CancellationToken;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StatusPages;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::rules::external_status::{self, Said};
use crate::rules::status_page::External;
use crate::store::external_pages;

/// How often pages are looked for that are due.
const PERIOD: Duration = Duration::from_secs(1);

/// Pages that are read at a time: also when many do not answer, others are.
const AT_ONCE: usize = 32;

/// How long a page may take, and how large its summary may be.
const READ_WITHIN: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1024 * 1024;

/// How long a step at the database may take.
const STEP_WITHIN: Duration = Duration::from_secs(10);

/// Why a page says nothing.
#[derive(Debug)]
enum Unread {
    /// The guard forbids its address.
    Blocked,
    /// There is no answer, or another one than a summary; in words.
    Failed(String),
}

impl Unread {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Failed(_) => "failed",
        }
    }

    fn problem(&self) -> &str {
        match self {
            Self::Blocked => "the address may not be connected to from here",
            Self::Failed(problem) => problem,
        }
    }
}

/// Reads other status pages.
#[derive(Clone, Debug)]
pub(crate) struct ExternalPages {
    pages: Arc<StatusPages>,
    pool: Pool,
    client: GuardedClient,
    turns: Arc<Semaphore>,
}

impl ExternalPages {
    pub(crate) fn new(pages: Arc<StatusPages>, pool: Pool, guard: &TargetGuard) -> Self {
        Self {
            pages,
            pool,
            client: GuardedClient::new(guard, READ_WITHIN, MAX_BYTES),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Reads until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let reading = Lasting::new("other status pages are not read");
        loop {
            match stop.run_until_cancelled(self.look()).await {
                None => return,
                Some(Ok(())) => {
                    reading.ok();
                }
                Some(Err(error)) => {
                    reading.failed(&error);
                }
            }
            if stop
                .run_until_cancelled(tokio::time::sleep(PERIOD))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    /// Begins to read as many of those that are due as there are turns.
    async fn look(&self) -> Result<(), JobError> {
        let mut turns: Vec<OwnedSemaphorePermit> = Vec::new();
        while let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            turns.push(turn);
        }
        if turns.is_empty() {
            return Ok(());
        }
        let most = i64::try_from(turns.len()).unwrap_or(i64::MAX);
        let taking = async {
            let client = self.pool.get().await?;
            Ok::<_, JobError>(external_pages::take_due(&client, most).await?)
        };
        let due = tokio::time::timeout(STEP_WITHIN, taking).await??;
        for (url, turn) in due.into_iter().zip(turns) {
            let reader = self.clone();
            tokio::spawn(async move {
                let _turn = turn;
                reader.settle(&url).await;
            });
        }
        Ok(())
    }

    async fn settle(&self, url: &str) {
        let read = self.read(url).await;
        let outcome = read.as_ref().map_or_else(Unread::outcome, |_| "read");
        metrics::counter!(names::EXTERNAL_PAGES, "outcome" => outcome).increment(1);
        let noting = async {
            let client = self.pool.get().await?;
            match &read {
                Ok(said) => external_pages::said(&client, url, said).await?,
                Err(unread) => external_pages::failed(&client, url, unread.problem()).await?,
            }
            Ok::<_, JobError>(())
        };
        let noted = tokio::time::timeout(STEP_WITHIN, noting).await;
        match noted.map_err(JobError::from).flatten() {
            Ok(()) => self.pages.wake.notify_one(),
            // It is read again in a minute.
            Err(error) => tracing::warn!(url, %error, "what another status page says is not noted"),
        }
    }

    async fn read(&self, url: &str) -> Result<Said, Unread> {
        let request = Request::get(External::summary_of(url))
            .header(USER_AGENT, "uptime-monitor")
            .header(ACCEPT, "application/json")
            .body(Full::default());
        let request = request.map_err(|_| Unread::Failed("the address cannot be asked".to_owned()))?;
        let answer = self.client.send(request).await.map_err(|error| match &error {
            error if is_blocked(error) => Unread::Blocked,
            CallError::Timeout(_) => Unread::Failed("it has not answered in time".to_owned()),
            CallError::Body(_) => Unread::Failed("its answer broke off, or has more than 1 MiB".to_owned()),
            _ => Unread::Failed("no connection was made".to_owned()),
        })?;
        match answer.status() {
            StatusCode::OK => external_status::read(answer.body()).map_err(Unread::Failed),
            status if status.is_redirection() => Err(Unread::Failed(format!(
                "it has answered {}: give the address that it redirects to",
                status.as_u16()
            ))),
            status => Err(Unread::Failed(format!("it has answered {}", status.as_u16()))),
        }
    }
}
