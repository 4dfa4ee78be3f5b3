//! An eventful life: changes of all that alerts go by, made up of numbers.

/// Numbers without order, the same each time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `most`.
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

const CONDITIONS: [&str; 3] = ["{}", r#"{"tags": [1]}"#, r#"{"severities": ["info"]}"#];
const RECIPIENTS: [&str; 2] = [r#"{"to": "nobody"}"#, r#"{"to": "channels", "channels": [1, 2]}"#];
const SPANS: [&str; 3] = [
    r#"{"repeat": "once", "from": "2026-11-21T10:00:00Z", "until": "2036-11-21T10:00:00Z"}"#,
    r#"{"repeat": "weekly", "weekday": "Sun", "from": "02:00:00", "minutes": 120, "time_zone": "Europe/Berlin"}"#,
    r#"{"repeat": "recurring", "starts": "2020-01-01T02:00:00", "rule": "FREQ=DAILY", "minutes": 60, "time_zone": "UTC"}"#,
];

/// The statements of one change, each of which is a transaction. In one of five it is of the other organisation.
pub(super) fn change(dice: &mut Dice) -> Vec<String> {
    let org = 1 + usize::from(dice.below(5) == 0);
    let monitor = (org - 1) * 5 + 1 + dice.below(5);
    // No circles: each depends on a later one.
    let lower = monitor.min(org * 5 - 1);
    let (tag, user) = (
        (org - 1) * 3 + 1 + dice.below(3),
        (org - 1) * 3 + 1 + dice.below(3),
    );
    let (nth, flag) = (dice.below(3), dice.below(2) == 0);
    let conditions = CONDITIONS[dice.below(3)];
    let recipients = RECIPIENTS[dice.below(2)];
    let span = SPANS[dice.below(3)];
    let plan = format!(
        r#"{{"steps": [{{"wait_minutes": {nth}, "targets": [{{"kind": "person", "id": {user}}}]}}]}}"#
    );
    let rota = format!(
        r#"{{"time_zone": "UTC", "layers": [{{"people": [{user}], "starts_at": "2020-01-01T00:00:00",
             "rotation": {{"every": 1, "unit": "weeks"}}}}]}}"#
    );
    let quiet = format!(
        r#"{{"time_zone": "UTC", "windows": [{{"from": "22:00:00", "until": "0{nth}:00:00"}}], "passes": "{}"}}"#,
        ["info", "warning"][usize::from(flag)]
    );
    let one_of = |table: &str| {
        format!("id = (SELECT id FROM {table} WHERE org_id = {org} ORDER BY id OFFSET {nth} LIMIT 1)")
    };
    let delete = |table: &str| format!("DELETE FROM {table} WHERE {}", one_of(table));
    let update = |table: &str, set: &str| {
        let counted = "version = version + 1, updated_at = now()";
        format!("UPDATE {table} SET {set}, {counted} WHERE {}", one_of(table))
    };
    let of_monitor = |set: &str| format!("UPDATE monitors SET {set} WHERE id = {monitor}");
    let severity = ["info", "warning", "critical"][nth];
    let statement = match dice.below(34) {
        0 => of_monitor(&format!("severity = '{severity}'")),
        1 => of_monitor("muted = NOT muted, muted_until = NULL"),
        2 => of_monitor("muted = true, muted_until = now() + interval '1 hour'"),
        3 if flag => of_monitor("alert_recipients = NULL"),
        3 => of_monitor(&format!("alert_recipients = '{recipients}'")),
        4 if flag => of_monitor("flapping = NULL"),
        4 => of_monitor(r#"flapping = '{"outages": 3, "within_minutes": 60, "lasting_minutes": 10}'"#),
        5 => of_monitor("deleted_at = CASE WHEN deleted_at IS NULL THEN now() END, revision = revision + 1"),
        6 | 7 => format!("INSERT INTO monitor_tags VALUES ({monitor}, {tag}) ON CONFLICT DO NOTHING"),
        8 => format!("DELETE FROM monitor_tags WHERE monitor_id = {monitor}"),
        9 | 10 => {
            let higher = if flag { lower + 1 } else { org * 5 };
            format!("INSERT INTO monitor_dependencies VALUES ({org}, {lower}, {higher}) ON CONFLICT DO NOTHING")
        }
        11 => format!("DELETE FROM monitor_dependencies WHERE monitor_id = {monitor}"),
        12 => format!("INSERT INTO channels (org_id, name, kind, config) VALUES ({org}, 'x', 'pagerduty', 'x')"),
        13 => format!(
            "INSERT INTO channels (org_id, name, kind, config, owner_id)
             SELECT {org}, 'x', 'ntfy', 'x', user_id FROM memberships WHERE org_id = {org} AND user_id = {user}"
        ),
        14 => update("channels", "enabled = NOT enabled"),
        15 => update("channels", r#"alerts = '{"degraded": true}', config = 'y'"#),
        16 => delete("channels"),
        17 => format!(
            "INSERT INTO alert_routes (org_id, position, name, conditions, recipients, goes_on)
             SELECT {org}, coalesce(max(position), 0) + 1, 'x', '{conditions}', '{recipients}', {flag}
             FROM alert_routes WHERE org_id = {org}"
        ),
        18 => format!("UPDATE alert_routes SET position = 100 - position WHERE org_id = {org}"),
        19 => update("alert_routes", &format!("name = name || 'y', conditions = '{conditions}'")),
        20 => delete("alert_routes"),
        21 => format!("INSERT INTO escalation_policies (org_id, name, plan) VALUES ({org}, 'x', '{plan}')"),
        22 if flag => update("escalation_policies", &format!("plan = '{plan}'")),
        22 => delete("escalation_policies"),
        23 => format!("INSERT INTO teams (org_id, name) VALUES ({org}, 'x')"),
        24 if flag => update("teams", "name = name || 'y'"),
        24 => delete("teams"),
        25 => format!(
            "INSERT INTO team_members SELECT t.id, t.org_id, m.user_id, {nth} FROM teams t JOIN memberships m USING (org_id)
             WHERE t.org_id = {org} ON CONFLICT (team_id, user_id) DO UPDATE SET position = excluded.position"
        ),
        26 if flag => format!("INSERT INTO on_call_schedules (org_id, name, rota) VALUES ({org}, 'x', '{rota}')"),
        26 => update("on_call_schedules", &format!("rota = '{rota}'")),
        27 => format!(
            "INSERT INTO on_call_overrides (org_id, schedule_id, user_id, starts_at, ends_at, created_by)
             SELECT org_id, id, {user}, now(), now() + interval '1 hour', 1 FROM on_call_schedules WHERE org_id = {org}"
        ),
        28 if flag => delete("on_call_overrides"),
        28 => delete("on_call_schedules"),
        29 => format!(
            "INSERT INTO silences (org_id, reason, monitors, conditions, starts_at, ends_at)
             VALUES ({org}, 'x', '{{{monitor}}}', '{conditions}', now(), now() + interval '1 hour')"
        ),
        30 if flag => update("silences", "ends_at = greatest(now(), starts_at)"),
        30 => delete("silences"),
        31 => format!(
            "INSERT INTO member_quiet_hours (org_id, user_id, quiet_hours)
             SELECT org_id, user_id, '{quiet}' FROM memberships WHERE org_id = {org} AND user_id = {user}
             ON CONFLICT (org_id, user_id) DO UPDATE SET quiet_hours = excluded.quiet_hours"
        ),
        32 => format!("DELETE FROM member_quiet_hours WHERE org_id = {org} AND user_id = {user}"),
        _ => match nth {
            0 => format!(
                "INSERT INTO maintenance_windows (org_id, name, monitors, span) VALUES ({org}, 'x', '{{{monitor}}}', '{span}')"
            ),
            1 if flag => delete("maintenance_windows"),
            1 => update("maintenance_windows", &format!("span = '{span}', tags = '{{{tag}}}'")),
            // What falls with others.
            _ => return gone_and_back(org, tag, user, flag),
        },
    };
    vec![statement]
}

/// The member of the first organisation who leaves by a statement.
pub(super) fn leaver(sql: &str) -> Option<i64> {
    let user = sql.strip_prefix("DELETE FROM memberships WHERE org_id = 1 AND user_id = ")?;
    user.parse().ok()
}

/// A tag or a member, with all that is of it, goes and comes back.
fn gone_and_back(org: usize, tag: usize, user: usize, is_tag: bool) -> Vec<String> {
    match is_tag {
        true => vec![
            format!("DELETE FROM tags WHERE id = {tag}"),
            format!(
                "INSERT INTO tags (id, org_id, name, colour) OVERRIDING SYSTEM VALUE VALUES ({tag}, {org}, 't{tag}', 'red')"
            ),
        ],
        false => vec![
            format!("DELETE FROM memberships WHERE org_id = {org} AND user_id = {user}"),
            format!("INSERT INTO memberships (org_id, user_id, role) VALUES ({org}, {user}, 'owner')"),
        ],
    }
}
