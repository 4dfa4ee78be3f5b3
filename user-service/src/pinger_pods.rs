//! How many pingers there are in each region, as they say in Redis.

use std::time::Duration;

use api::Region;
use domain::{Regions, Timestamp};
use fred::interfaces::{ClientLike as _, LuaInterface as _};
use shared::redis::Keys;

use crate::app::App;

/// How long Redis is waited for. Without an answer the names are told, and how many there are is not known.
const PATIENCE: Duration = Duration::from_millis(250);

/// KEYS: the pods of each region, by the time until which they count as alive. Returns Redis's clock in milliseconds, then for
/// each region how many are alive, and until when the last one of them is or was; -1 where there is none.
const COUNT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {now}
for i = 1, #KEYS do
  local last = redis.call('ZREVRANGE', KEYS[i], 0, 0, 'WITHSCORES')
  found[2 * i] = redis.call('ZCOUNT', KEYS[i], string.format('(%.0f', now), '+inf')
  found[2 * i + 1] = tonumber(last[2] or '-1')
end
return found
";

/// Each region with its pingers, home first.
pub(crate) async fn regions(app: &App) -> Vec<Region> {
    let found = match app.redis.is_connected() {
        true => counted(app).await,
        false => None,
    };
    of(&app.regions, found.as_deref())
}

async fn counted(app: &App) -> Option<Vec<i64>> {
    let keys = pods(&app.regions, &app.redis_keys);
    let counted = app
        .redis
        .eval::<Vec<i64>, _, _, _>(COUNT, keys, Vec::<String>::new());
    match tokio::time::timeout(PATIENCE, counted).await {
        Ok(Ok(found)) => Some(found),
        // It can be asked again, and readiness says that Redis is away.
        _ => None,
    }
}

/// Where the pingers of each region say that they live.
fn pods(regions: &Regions, keys: &Keys) -> Vec<String> {
    let named = regions.names().iter();
    named
        .map(|name| keys.of_region(name, regions.home()).pods())
        .collect()
}

/// What [`COUNT`] has found, or nothing.
fn of(regions: &Regions, found: Option<&[i64]>) -> Vec<Region> {
    let (now, counts) = match found {
        Some([now, counts @ ..]) => (*now, counts),
        _ => (0, &[][..]),
    };
    let names = regions.names().iter().enumerate();
    names
        .map(|(place, name)| {
            let counted = counts.get(2 * place..2 * place + 2);
            // Who lives counts as alive for some time to come.
            let last_seen = counted.map(|counted| counted[1]).filter(|until| *until >= 0);
            Region {
                name: name.clone(),
                pods: counted.map(|counted| u32::try_from(counted[0]).unwrap_or_default()),
                last_seen_at: last_seen.map(|until| Timestamp::from_millis(until.min(now))),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_none() {
        let regions = Regions::parse("eu,us").unwrap();
        let seen = |millis| Some(Timestamp::from_millis(millis));
        for (found, expected) in [
            (None, [(None, None), (None, None)]),
            (Some(vec![]), [(None, None), (None, None)]),
            (
                Some(vec![1_000, 2, 7_000, 0, -1]),
                [(Some(2), seen(1_000)), (Some(0), None)],
            ),
            // The last one there was killed.
            (
                Some(vec![9_000, 0, 7_000, 1, 9_500]),
                [(Some(0), seen(7_000)), (Some(1), seen(9_000))],
            ),
        ] {
            let regions = of(&regions, found.as_deref());
            let shown: Vec<_> = regions
                .iter()
                .map(|region| (region.pods, region.last_seen_at))
                .collect();
            assert_eq!(shown, expected, "{found:?}");
            assert_eq!((&*regions[0].name, &*regions[1].name), ("eu", "us"));
        }
    }
}
