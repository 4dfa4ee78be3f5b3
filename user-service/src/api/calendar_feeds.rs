//! `/me/calendars`, and what calendars fetch.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use api::{
    CalendarFeed, CalendarFeedList, CreateCalendarFeed, CreatedCalendarFeed, DeleteCalendarFeed, GetCalendar,
    ListCalendarFeeds,
};
use deadpool_postgres::GenericClient;
use domain::on_call::Shift;
use domain::{Timestamp, UserId};
use serde_json::{Value, json};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::no_version;
use super::on_call::computed;
use crate::app::App;
use crate::rules::calendar::calendar;
use crate::rules::mailed_token::MailedToken;
use crate::rules::on_call_timeline::merge;
use crate::rules::uptime_window::DAY_MS;
use crate::store::audit::Resource as Audited;
use crate::store::calendar_feeds::{self as store, OpenedFeed};
use crate::store::error::StoreError;
use crate::store::people::People;
use crate::store::{Scope, on_call_overrides, on_call_schedules};

/// The days before today (UTC) that a feed has. From the beginning of a day, so that a shift that is cut there keeps its
/// name until tomorrow.
const DAYS_BACK: i64 = 28;

/// The days from today on.
const DAYS_AHEAD: i64 = 84;

/// Shifts of a feed, at most: the first by when they begin.
const MAX_SHIFTS: usize = 5_000;

/// How somebody is called who has left the organisation.
const LEFT: &str = "Former member";

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(create).mount(delete).mount_raw(get)
}

/// Feeds in the audit log.
fn audited(feed: &CalendarFeed) -> (Audited, Value) {
    let shown = json!({ "schedule_id": feed.schedule_id });
    (Audited::new("calendar_feed", feed.id), shown)
}

async fn list(app: Data<App>, call: Call<ListCalendarFeeds>) -> Result<Reply<ListCalendarFeeds>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let items = store::list(&client, scope, call.caller.user_id()).await?;
    Ok(Reply::new(CalendarFeedList { items }))
}

async fn create(
    app: Data<App>,
    call: Call<CreateCalendarFeed>,
) -> Result<Reply<CreateCalendarFeed>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let (user, schedule) = (call.caller.user_id(), call.body.schedule_id);
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    if let Some(schedule) = schedule {
        // Who is narrowed sees their own shifts alone.
        if !scope.sees_everything(&*tx).await? {
            return Err(Problem::narrowed());
        }
        on_call_schedules::require(&*tx, scope, "schedule_id", schedule).await?;
    }
    let token = MailedToken::random();
    let feed = store::insert(&tx, scope, user, schedule, &token).await?;
    let (resource, shown) = audited(&feed);
    author.created(&tx, &resource, &shown).await?;
    tx.commit_secret().await?;
    let (base, token) = (&app.mailer.public_url, token.text());
    Ok(Reply::new(CreatedCalendarFeed {
        url: format!("{base}{}/calendars/{token}.ics", api::PREFIX),
        feed,
    }))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteCalendarFeed>,
) -> Result<Reply<DeleteCalendarFeed>, Problem> {
    no_version(&call)?;
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let feed = store::delete(&tx, scope, call.caller.user_id(), call.path.id).await?;
    let (resource, shown) = audited(&feed);
    author(&call).deleted(&tx, &resource, &shown).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}

async fn get(app: Data<App>, call: Call<GetCalendar>) -> Result<HttpResponse, Problem> {
    let gone = || Problem::not_found("calendar feed");
    let token = MailedToken::parse(&call.path.token).ok_or_else(gone)?;
    let client = app.pool.get().await?;
    let feed = store::open(&client, &token).await?.ok_or_else(gone)?;
    store::note_read(&client, &feed).await?;
    // Others need it more than who waits for shifts to be computed.
    drop(client);
    let text = written(&app, &feed, shared::now()).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "inline; filename=\"on-call.ics\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

/// The calendar of a feed.
async fn written(app: &App, feed: &OpenedFeed, now: Timestamp) -> Result<String, Problem> {
    let scope = Scope::organisation(feed.org_id);
    let today = now.plus_millis(-now.as_millis().rem_euclid(DAY_MS));
    let range = today.plus_millis(-DAYS_BACK * DAY_MS)..today.plus_millis(DAYS_AHEAD * DAY_MS);
    let (rows, timelines) = {
        let client = app.pool.get().await?;
        let rows = match feed.schedule {
            Some(schedule) => vec![on_call_schedules::rota(&client, scope, schedule).await?],
            None => on_call_schedules::rotas(&client, scope).await?,
        };
        let timelines = on_call_overrides::timelines(&client, scope, &rows, &range).await?;
        (rows, timelines)
    };
    let (is_own, user) = (feed.schedule.is_none(), feed.user);
    let shifts = computed(scope, move |deadline| {
        let mut merged = Vec::new();
        let shown = timelines.iter().filter(|one| !is_own || one.names(user));
        for timeline in shown {
            deadline.check()?;
            let shifts = timeline.shifts(range.clone());
            let shown = shifts.filter(|shift| !is_own || shift.on_call.user_id == user);
            merge(
                &mut merged,
                shown.map(|shift| (shift, timeline.name())),
                MAX_SHIFTS,
            );
        }
        let named = merged.into_iter().map(|(shift, name)| (shift, name.to_owned()));
        Some(named.collect::<Vec<_>>())
    });
    let shifts = shifts.await?;
    if is_own {
        let titled = |(shift, schedule): (Shift, String)| (shift, format!("On call – {schedule}"));
        let titled: Vec<_> = shifts.into_iter().map(titled).collect();
        return Ok(calendar("On call", &titled, now));
    }
    let client = app.pool.get().await?;
    let people = names(&client, scope, &shifts).await?;
    let titled = |(shift, schedule): (Shift, String)| {
        let name = people.name(shift.on_call.user_id.0).unwrap_or(LEFT);
        (shift, format!("{name} – {schedule}"))
    };
    let name = rows.first().map_or("On call", |row| row.name.as_str());
    let titled: Vec<_> = shifts.into_iter().map(titled).collect();
    Ok(calendar(name, &titled, now))
}

async fn names(
    client: &impl GenericClient,
    scope: Scope,
    shifts: &[(Shift, String)],
) -> Result<People, StoreError> {
    let on_call = shifts.iter().map(|(shift, _)| shift.on_call.user_id);
    let ids: Vec<i64> = on_call.map(|UserId(id)| id).collect();
    People::read(client, scope, &ids).await
}
