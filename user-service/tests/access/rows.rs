//! What is stored.

use crate::common::UserService;

/// Everything that a stranger or a viewer might have changed.
pub(super) async fn rows(service: &UserService) -> String {
    let sql = "SELECT concat((SELECT json_agg(m) FROM monitors m), (SELECT json_agg(c) FROM channels c),
                             (SELECT json_agg(w) FROM maintenance_windows w), (SELECT json_agg(s) FROM silences s),
                             (SELECT json_agg(d) FROM drills d), (SELECT json_agg(s) FROM drill_schedules s),
                             (SELECT json_agg(r) FROM sla_reports r), (SELECT json_agg(s) FROM sla_schedules s),
                             (SELECT json_agg(p) FROM status_pages p), (SELECT json_agg(c) FROM components c),
                             (SELECT json_agg(s) FROM status_page_subscribers s),
                             (SELECT json_agg(d) FROM status_page_destinations d),
                             (SELECT json_agg(t) FROM report_templates t),
                             (SELECT json_agg(r) FROM alert_routes r),
                             (SELECT json_agg(v) FROM definition_versions v),
                             (SELECT json_agg(d) FROM monitor_dependencies d),
                             (SELECT json_agg(e) FROM escalation_policies e),
                             (SELECT json_agg(t) FROM teams t), (SELECT json_agg(m) FROM team_members m),
                             (SELECT json_agg(s) FROM on_call_schedules s),
                             (SELECT json_agg(o) FROM on_call_overrides o),
                             (SELECT json_agg(r) FROM status_reports r), (SELECT json_agg(u) FROM report_updates u),
                             (SELECT json_agg(r) FROM email_recipients r),
                             (SELECT json_agg(c) FROM channel_confirmations c),
                             (SELECT json_agg(a) FROM incident_acknowledgements a),
                             (SELECT json_agg(n) FROM incident_notes n),
                             (SELECT json_agg(o) FROM organisations o), (SELECT json_agg(t) FROM tags t),
                             (SELECT json_agg(m) FROM memberships m), (SELECT json_agg(k) FROM api_keys k),
                             (SELECT json_agg(a) FROM audit_log a),
                             (SELECT json_agg(i) FROM member_invitations i),
                             (SELECT json_agg(h) FROM heartbeats h), (SELECT json_agg(k) FROM ping_keys k),
                             (SELECT count(*) FROM outbox))";
    service.db().await.query_one(sql, &[]).await.unwrap().get(0)
}
