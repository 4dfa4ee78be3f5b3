//! Who is on call: `/on-call`, shifts, and who stands in.

use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::web::Data;
use api::{
    CreateOnCallOverride, DeleteOnCallOverride, GetOnCall, ListOnCallOverrides, ListOnCallShifts, OnCallFrom,
    OnCallNow, OnCallOverride, OnCallScheduleNow, OnCallShift, OnCallShiftList, OnCallUntil,
    PreviewOnCallSchedule,
};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::on_call::Override;
use domain::{OrgId, Timestamp};
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::permits::FairPermits;
use tokio::time::Instant;

use super::called_by::author;
use super::creation::{self, Begun};
use super::on_call_schedules::announce;
use super::{no_version, page};
use crate::app::App;
use crate::rules::on_call::{self as rules, MAX_SHIFTS, NamedRota};
use crate::rules::on_call_timeline::{AHEAD_DAYS, KnownShift, Timeline};
use crate::rules::uptime_window::DAY_MS;
use crate::store::audit::Resource as Audited;
use crate::store::on_call_overrides::{OverrideRow, Removal};
use crate::store::people::{People, require_members};
use crate::store::{Scope, on_call_overrides as store, on_call_schedules};

/// Computations at once in this process; an organisation has one of them.
const AT_ONCE: usize = 2;

/// How long a computation may take, with the time in which it waits for its turn.
const MAX_COMPUTING: Duration = Duration::from_secs(5);

static COMPUTING: LazyLock<FairPermits<OrgId>> = LazyLock::new(|| FairPermits::new(AT_ONCE));

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(preview)
        .mount(shifts)
        .mount(overrides)
        .mount(create)
        .mount(delete)
        .mount(now)
}

/// Overrides in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("on_call_override", id)
}

/// What the audit log keeps of an override: nobody's name, for it is kept for long.
#[derive(Serialize)]
struct AuditedOverride {
    schedule_id: i64,
    #[serde(flatten)]
    of: Override,
}

impl AuditedOverride {
    fn of(schedule_id: i64, row: &OverrideRow) -> Self {
        Self {
            schedule_id,
            of: row.known.of,
        }
    }
}

async fn preview(
    app: Data<App>,
    call: Call<PreviewOnCallSchedule>,
) -> Result<Reply<PreviewOnCallSchedule>, Problem> {
    let (scope, asked) = (Scope::from(&call.caller), call.body);
    let rota = rules::unsaved(&asked.time_zone, asked.layers).map_err(Problem::invalid)?;
    let invalid = |wrong| Problem::invalid(vec![wrong]);
    let range = rules::asked(asked.from, asked.until).map_err(invalid)?;
    let named = NamedRota {
        name: String::new(),
        rota,
    };
    let timeline = Timeline::new(0, named, &[]);
    let found = computed(scope, move |_| Some(first_shifts(&timeline, range))).await?;
    require_few(&found).map_err(invalid)?;
    let client = app.pool.get().await?;
    Ok(Reply::new(listed(&client, scope, found).await?))
}

async fn shifts(app: Data<App>, call: Call<ListOnCallShifts>) -> Result<Reply<ListOnCallShifts>, Problem> {
    let scope = Scope::from(&call.caller);
    let bad = |wrong: FieldError| Problem::bad_request(format!("{} {}", wrong.field, wrong.message));
    let range = rules::asked(call.query.from, call.query.until).map_err(bad)?;
    let timelines = {
        let client = app.pool.get().await?;
        let row = on_call_schedules::rota(&client, scope, call.path.id).await?;
        store::timelines(&client, scope, &[row], &range).await?
    };
    let found = computed(scope, move |_| {
        let shifts = timelines
            .iter()
            .flat_map(|timeline| first_shifts(timeline, range.clone()));
        Some(shifts.collect::<Vec<_>>())
    });
    let found = found.await?;
    require_few(&found).map_err(bad)?;
    let client = app.pool.get().await?;
    Ok(Reply::new(listed(&client, scope, found).await?))
}

/// As many shifts as are told at once, and one more where there are more.
fn first_shifts(timeline: &Timeline, range: Range<Timestamp>) -> Vec<KnownShift> {
    timeline.known_shifts(range).take(MAX_SHIFTS + 1).collect()
}

/// When a computation has to have ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// None once it has passed: nobody waits for what is computed any more.
    pub(super) fn check(self) -> Option<()> {
        (Instant::now() < self.0).then_some(())
    }
}

/// Computes something away from what answers requests: rotas at their limits take a while. None is of a computation that
/// gave up at its deadline. Who calls it holds no connection, for which others would wait as well.
///
/// # Errors
/// 503 when it does not end in time.
pub(super) async fn computed<T: Send + 'static>(
    scope: Scope,
    compute: impl FnOnce(Deadline) -> Option<T> + Send + 'static,
) -> Result<T, Problem> {
    let late = || Problem::unavailable("computing shifts");
    let deadline = Instant::now() + MAX_COMPUTING;
    let computing = async {
        let turn = COMPUTING.take(scope.org()).await;
        let computing = tokio::task::spawn_blocking(move || {
            // It is given back when the work has ended, whether or not anybody still waits for it.
            let _turn = turn;
            compute(Deadline(deadline))
        });
        computing.await.map_err(Problem::internal)
    };
    let Ok(found) = tokio::time::timeout_at(deadline, computing).await else {
        return Err(late());
    };
    found?.ok_or_else(late)
}

fn require_few(shifts: &[KnownShift]) -> Result<(), FieldError> {
    if shifts.len() <= MAX_SHIFTS {
        return Ok(());
    }
    let wrong = format!("must be earlier: there are more than {MAX_SHIFTS} shifts");
    Err(FieldError::new("until", wrong))
}

async fn listed(
    client: &impl GenericClient,
    scope: Scope,
    found: Vec<KnownShift>,
) -> Result<OnCallShiftList, Problem> {
    let ids: Vec<i64> = found.iter().map(|known| known.shift.on_call.user_id.0).collect();
    let people = People::read(client, scope, &ids).await?;
    let shift = |KnownShift { shift, override_id }: KnownShift| {
        let user_id = shift.on_call.user_id.0;
        OnCallShift {
            from: shift.span.start,
            until: shift.span.end,
            user_id,
            name: people.name(user_id).map(str::to_owned),
            layer: shift.on_call.layer.and_then(|layer| u32::try_from(layer).ok()),
            override_id,
        }
    };
    Ok(OnCallShiftList {
        shifts: found.into_iter().map(shift).collect(),
    })
}

async fn overrides(
    app: Data<App>,
    call: Call<ListOnCallOverrides>,
) -> Result<Reply<ListOnCallOverrides>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let schedule = on_call_schedules::rota(&client, scope, call.path.id).await?;
    let rows = store::list(&client, scope, schedule.id, after, limit as i64 + 1).await?;
    let views = store::views(&client, scope, &rows).await?;
    Ok(Reply::new(page::cut(views, limit, |view: &OnCallOverride| {
        view.id
    })))
}

async fn create(
    app: Data<App>,
    call: Call<CreateOnCallOverride>,
) -> Result<Reply<CreateOnCallOverride>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let (schedule, creator) = (call.path.id, call.caller.user_id());
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    on_call_schedules::lock(&tx, scope, schedule).await?;
    let new = rules::stand_in(call.body, shared::now()).map_err(Problem::invalid)?;
    require_members(&*tx, scope, &[("user_id".to_owned(), new.user_id.0)]).await?;
    let row = store::insert(&tx, scope, schedule, &new, creator).await?;
    let noted = AuditedOverride::of(schedule, &row);
    author.created(&tx, &audited(row.known.id), &noted).await?;
    let people = People::read(&*tx, scope, &[new.user_id.0]).await?;
    let reply = Reply::new(row.view(&people));
    tx.commit(&app, &reply).await?;
    announce(&app, scope, schedule);
    Ok(reply)
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteOnCallOverride>,
) -> Result<Reply<DeleteOnCallOverride>, Problem> {
    no_version(&call)?;
    let (scope, schedule) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let (id, author) = (call.path.override_id, author(&call));
    match store::remove(&tx, scope, schedule, id).await? {
        Removal::Deleted(row) => {
            let noted = AuditedOverride::of(schedule, &row);
            author.deleted(&tx, &audited(id), &noted).await?;
        }
        Removal::Ended { before, after } => {
            let [before, after] = [&before, &after].map(|row| AuditedOverride::of(schedule, row));
            author.changed(&tx, &audited(id), &before, &after).await?;
        }
    }
    tx.commit().await?;
    announce(&app, scope, schedule);
    Ok(Reply::empty())
}

async fn now(app: Data<App>, call: Call<GetOnCall>) -> Result<Reply<GetOnCall>, Problem> {
    let (scope, now) = (Scope::from(&call.caller), shared::now());
    let (rows, timelines) = {
        let client = app.pool.get().await?;
        let rows = on_call_schedules::rotas(&client, scope).await?;
        let range = now..now.plus_millis(AHEAD_DAYS * DAY_MS);
        let timelines = store::timelines(&client, scope, &rows, &range).await?;
        (rows, timelines)
    };
    let found = computed(scope, move |deadline| {
        let found = timelines.iter().map(|timeline| {
            deadline.check()?;
            Some(timeline.now_and_next(now))
        });
        found.collect::<Option<Vec<_>>>()
    });
    let found = found.await?;
    let client = app.pool.get().await?;
    let on_call = found.iter().filter_map(|one| one.now.map(|(user, _)| user.0));
    let next = found.iter().filter_map(|one| one.next.map(|(user, _)| user.0));
    let people = People::read(&client, scope, &on_call.chain(next).collect::<Vec<_>>()).await?;
    let name = |id: i64| people.name(id).map(str::to_owned);
    let schedules = rows.into_iter().zip(found).map(|(row, found)| OnCallScheduleNow {
        id: row.id,
        name: row.name,
        now: found
            .now
            .map(|(user, until): (_, Option<Timestamp>)| OnCallUntil {
                user_id: user.0,
                name: name(user.0),
                has_channel: people.has_channel(user.0),
                until,
            }),
        next: found.next.map(|(user, from)| OnCallFrom {
            user_id: user.0,
            name: name(user.0),
            from,
        }),
    });
    let mut schedules: Vec<_> = schedules.collect();
    schedules.sort_by_key(|schedule| (schedule.name.to_lowercase(), schedule.id));
    Ok(Reply::new(OnCallNow { schedules }))
}
