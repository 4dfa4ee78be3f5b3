//! A running service.

use shared::service::BoxError;
use shared::shutdown::CancellationToken;
use tokio::task::{JoinError, JoinHandle};

/// A service as a task, and how to stop it.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), BoxError>>,
}

impl Running {
    /// Waits until the service has ended.
    pub(crate) async fn ended(&mut self) -> Result<(), BoxError> {
        flattened(self.name, (&mut self.task).await)
    }
}

pub(crate) fn start<F, E>(name: &'static str, run: impl FnOnce(CancellationToken) -> F) -> Running
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<BoxError>,
{
    let stop = CancellationToken::new();
    let life = run(stop.clone());
    Running {
        name,
        stop,
        task: tokio::spawn(async move { life.await.map_err(Into::into) }),
    }
}

fn flattened(name: &str, ended: Result<Result<(), BoxError>, JoinError>) -> Result<(), BoxError> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("{name}: {error}").into()),
        Err(panic) => Err(format!("{name}: {panic}").into()),
    }
}
