//! Calls of services that sign them with the secret of a channel.

use std::time::Duration;

use domain::ChannelId;
use shared::http::problem::Problem;
use shared::redis::{Limit, count};

use crate::app::App;

const WINDOW: Duration = Duration::from_secs(60);

/// Counts what is signed: what anybody else sends in the service's name uses up nothing of the channel's. Without Redis it
/// is not counted, for whoever can sign could say everything anyway.
///
/// # Errors
/// 429 when there were as many `times` for the channel in a minute.
pub(super) async fn limited(
    app: &App,
    what: &'static str,
    channel: ChannelId,
    times: u32,
) -> Result<(), Problem> {
    let limit = Limit {
        what,
        who: channel.to_string(),
        times,
        window: WINDOW,
    };
    match count(&app.redis, &app.redis_keys, &[limit]).await {
        Ok(Some(wait)) => Err(Problem::too_many_for(wait)),
        Ok(None) => Ok(()),
        Err(error) => {
            tracing::debug!(%error, what, "signed calls are not counted");
            Ok(())
        }
    }
}
