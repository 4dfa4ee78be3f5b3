#!/usr/bin/env python3
"""Writes the dashboards in dashboards/ as Grafana reads them. Panels are defined here: change them here.

    python3 deploy/grafana/build.py [FOLDER]
"""

import json
import sys
from pathlib import Path

WIDTH = 24


def panel(title, description, unit, *queries, kind="timeseries", width=8, stack=False, thresholds=None):
    """A panel; each query is an expression, or an expression and its legend."""
    return {
        "title": title,
        "description": description,
        "unit": unit,
        "queries": [query if isinstance(query, tuple) else (query, "__auto") for query in queries],
        "kind": kind,
        "width": width,
        "stack": stack,
        "thresholds": thresholds or [],
    }


def stat(title, description, unit, query, thresholds=None):
    """A number."""
    return panel(title, description, unit, query, kind="stat", width=4, thresholds=thresholds)


def quantiles(metric, by="", where=""):
    """p50 and p99 of a histogram."""
    labels = f"le, {by}" if by else "le"
    rate = f"sum by ({labels}) (rate({metric}_bucket{where}[$__rate_interval]))"
    name = f" {{{{{by}}}}}" if by else ""
    return [(f"histogram_quantile({q}, {rate})", f"p{int(q * 100)}{name}") for q in (0.5, 0.99)]


def rate(metric, by="", where=""):
    """Events per second."""
    total = f"rate({metric}{where}[$__rate_interval])"
    return (f"sum by ({by}) ({total})", f"{{{{{by}}}}}") if by else (f"sum({total})", "all")


BAD_ABOVE_0 = [(None, "green"), (0.0001, "red")]
BAD_AT_0 = [(None, "red"), (1, "green")]
MONITOR = "{{monitor_id}} {{kind}}"
HEARTBEAT = "{{monitor_id}}"

DASHBOARDS = {
    "pipeline": ("Pipeline", "From a slot to what a user sees: is the product doing its work?", [
        ("Now", [
            stat("Checks", "Checks made per second.", "cps", "sum(rate(uptime_pinger_checks_total[5m]))", BAD_AT_0[:1] + [(0.001, "green")]),
            stat("Shards covered", "Shards on which a pinger holds a lease; when all are, SHARDS (256) times the number of regions.", "short", "sum(uptime_pinger_leases)", BAD_AT_0),
            stat("Coverage", "Part of the due slots that were checked, over five minutes.", "percentunit",
                 "sum(rate(uptime_pinger_checks_total[5m])) / (sum(rate(uptime_pinger_checks_total[5m])) + (sum(rate(uptime_pinger_slots_skipped_total[5m])) or vector(0)))",
                 [(None, "red"), (0.95, "orange"), (0.99, "green")]),
            stat("Processor's lag", "Records that are not in PostgreSQL yet.", "short", 'max(uptime_processor_lag{topic="results"})', [(None, "green"), (10000, "orange"), (50000, "red")]),
            stat("Alerter's lag", "From a record's publication to its handling.", "s", "max(uptime_alerter_lag_seconds)", [(None, "green"), (10, "orange"), (60, "red")]),
            stat("Pods down", "Pods that cannot be scraped.", "short", 'count(up{job=~"gateway|user-service|processor|alerter|pinger"} == 0) or vector(0)', BAD_ABOVE_0),
        ]),
        ("From slot to screen", [
            panel("Lateness of checks", "From a slot to the start of its check.", "s", *quantiles("uptime_pinger_lateness_seconds")),
            panel("Batch to PostgreSQL", "Duration of a transaction.", "s", *quantiles("uptime_processor_batch_seconds")),
            panel("Append to visible", "From the broker's append of a batch's last record to Redis.", "s", *quantiles("uptime_processor_visible_seconds")),
        ]),
        ("Flow", [
            panel("Results published", "Records that Kafka acknowledged.", "cps", rate("uptime_pinger_results_published_total")),
            panel("Records folded", "By what they did to the state.", "cps", rate("uptime_processor_records_total", "effect"), stack=True),
            panel("Lag", "Records that are not processed yet.", "short", ("max by (topic) (uptime_processor_lag)", "{{topic}}")),
        ]),
        ("Losses, which should be none", [
            panel("Not published", "Results that Kafka did not acknowledge, or that found no room.", "cps",
                  (rate("uptime_pinger_results_unacknowledged_total")[0], "unacknowledged"), (rate("uptime_pinger_results_shed_total")[0], "shed")),
            panel("Dead letters", "Records that cannot be read, by reason.", "cps", rate("uptime_processor_dead_letters_total", "reason"), stack=True),
            panel("Dropped", "Records of monitors that do not exist, by reason.", "cps", rate("uptime_processor_dropped_total", "reason"), stack=True),
        ]),
        ("Processes", [
            panel("CPU", "By pod.", "short", ("sum by (job, instance) (rate(process_cpu_seconds_total[$__rate_interval]))", "{{job}} {{instance}}"), stack=True),
            panel("Memory", "What is in RAM, by pod.", "bytes", ("sum by (job, instance) (process_resident_memory_bytes)", "{{job}} {{instance}}"), stack=True),
            panel("Files and connections", "Of those that a pod may have open, how many it has.", "percentunit", ("process_open_fds / process_max_fds", "{{job}} {{instance}}")),
        ]),
        ("Stores", [
            panel("Database connections", "The processor's pool by use.", "short", ("sum by (state) (uptime_processor_pool_connections)", "{{state}}"), stack=True),
            panel("Away", "Batches tried again (PostgreSQL), monitors to repair (Redis).", "cps",
                  (rate("uptime_processor_database_retries_total")[0], "PostgreSQL"), (rate("uptime_processor_redis_missed_total")[0], "Redis")),
            panel("Batch size", "Records in a transaction.", "short", *quantiles("uptime_processor_batch_size")),
            panel("Publishing to Redis", "Duration for a batch.", "s", *quantiles("uptime_processor_redis_seconds")),
            panel("Redis answers", "1 where the processor reaches Redis.", "short", ("min by (instance) (uptime_processor_redis_up)", "{{instance}}")),
            panel("Parked", "Records that wait for their monitor's definition.", "short", ("sum(uptime_processor_parked)", "parked")),
        ]),
        ("Embedded log (all-in-one)", [
            panel("Size", "On disk, and where the oldest results are dropped.", "bytes",
                  ("sum(uptime_embedded_log_bytes)", "size"), ("sum(uptime_embedded_log_limit_bytes)", "limit")),
            panel("Dropped unread", "Records that were dropped at the limit, by who had not read them.", "cps", rate("uptime_embedded_log_lost_records_total", "consumer_group"), stack=True),
            panel("Disk", "Writes that were refused, and bytes that could not be read at a start.", "short",
                  ("sum(increase(uptime_embedded_log_write_failures_total[5m]))", "refused"), ("sum(uptime_embedded_log_unreadable_bytes_total)", "unreadable")),
        ]),
        ("Recurring jobs", [
            panel("Since the last success", "Of each job.", "s", ("time() - max by (task) (uptime_processor_job_success_timestamp_seconds)", "{{task}}")),
            panel("Duration", "p99 of each job.", "s", quantiles("uptime_processor_job_seconds", "task")[1]),
            panel("Runs", "By outcome; `elsewhere` is another pod's turn.", "short", ("sum by (task, outcome) (increase(uptime_processor_job_runs_total[1h]))", "{{task}} {{outcome}}")),
        ]),
        ("What runs", [
            panel("Versions", "Pods by service and version.", "short", ("count by (service, version) (uptime_build_info)", "{{service}} {{version}}"), width=24, stack=True),
        ]),
    ]),
    "checks": ("Checks", "The pingers: what they check, how late, and what they leave out.", [
        ("Checks", [
            panel("Checks", "By outcome.", "cps", rate("uptime_pinger_checks_total", "outcome"), stack=True),
            panel("Duration", "Whole checks, attempts and pauses included.", "s", *quantiles("uptime_website_check_duration_seconds")),
            panel("Lateness", "From a slot to the start of its check.", "s", *quantiles("uptime_pinger_lateness_seconds")),
        ]),
        ("Room", [
            panel("In flight", "Checks being made, by pod.", "short", ("sum by (instance) (uptime_pinger_checks_in_flight)", "{{instance}}"), stack=True),
            panel("Waiting for room", "Checks that are due, by pod.", "short", ("sum by (instance) (uptime_pinger_checks_waiting)", "{{instance}}"), stack=True),
            panel("Skipped", "Slots that were not checked, by reason.", "cps", rate("uptime_pinger_slots_skipped_total", "reason"), stack=True),
            panel("Room for TLS sessions", "Servers whose sessions could still be kept, by pod; at 0 further monitors with `tls_resumption` make full handshakes.", "short",
                  ("min by (instance) (uptime_pinger_tls_session_places_free)", "{{instance}}")),
        ]),
        ("Who checks what", [
            panel("Leases", "Shards by pod.", "short", ("sum by (instance) (uptime_pinger_leases)", "{{instance}}"), stack=True),
            panel("Monitors", "Known, by pod.", "short", ("sum by (instance) (uptime_pinger_monitors)", "{{instance}}"), stack=True),
            panel("Clock", "Difference to the clock of Redis; beyond 500 ms a pod takes no lease.", "s", ("max by (instance) (abs(uptime_pinger_clock_skew_seconds))", "{{instance}}")),
        ]),
        ("Supply", [
            panel("Definitions that did not come", "Requests that user-service did not answer.", "cps", rate("uptime_pinger_definition_fetch_failures_total", "instance")),
            panel("Items that cannot be read", "Left out of a batch, by service and what they are.", "cps",
                  ("sum by (job, what) (rate(uptime_unreadable_items_total[$__rate_interval]))", "{{job}} {{what}}")),
            panel("Own way out", "1 where most of the EGRESS_REFERENCES do not answer, or the name servers that are asked: failing checks are skipped there.", "short", ("max by (instance) (uptime_pinger_egress_down)", "{{instance}}"), ("max by (instance) (uptime_pinger_name_server_down)", "{{instance}}: name servers")),
            panel("Results", "What became of them.", "cps", (rate("uptime_pinger_results_published_total")[0], "published"),
                  (rate("uptime_pinger_results_unacknowledged_total")[0], "unacknowledged"), (rate("uptime_pinger_results_shed_total")[0], "shed")),
        ]),
        ("Heartbeats", [
            panel("Pings", "By what they say.", "cps", rate("uptime_heartbeat_pings_total", "kind"), stack=True),
            panel("Pings refused", "By the status of the answer: 503 is ours, 429 and 4xx are the sender's.", "cps", rate("uptime_heartbeat_pings_refused_total", "status"), stack=True),
            panel("Pings until Kafka has them", "From their arrival; what takes longer than two seconds is refused.", "s", *quantiles("uptime_heartbeat_ping_duration_seconds")),
            panel("Verdicts", "From a deadline until it is said that it has passed.", "s", *quantiles("uptime_heartbeat_verdict_delay_seconds")),
            panel("Heartbeats unknown", "Of which it cannot be said whether they are overdue, by pod; and how many there are.", "short",
                  ("sum by (instance) (uptime_pinger_heartbeats_unknown)", "{{instance}} unknown"), ("sum(uptime_pinger_heartbeats)", "all")),
            panel("Folding behind", "How far what heartbeats are judged by is behind the log; beyond ten seconds deadlines are skipped.", "s",
                  ("max by (instance) (uptime_processor_folded_behind_seconds)", "{{instance}}")),
            panel("Missed", "Dates at which no ping came in time, per hour.", "short", ("sum(increase(uptime_heartbeat_missed_total[1h]))", "missed")),
        ]),
        ("Single heartbeats, among the single monitors", [
            panel("Down or late", "0 is down, 0.5 is late.", "short", ("topk(20, max by (monitor_id) (uptime_heartbeat_status) < 1)", HEARTBEAT)),
            panel("Since the last ping", "Of those that wait longest.", "s", ("topk(10, max by (monitor_id) (uptime_heartbeat_time_since_last_ping_seconds))", HEARTBEAT)),
            panel("Last ping", "When it came, of those that are down or late.", "dateTimeAsIso",
                  ("topk(10, max by (monitor_id) (uptime_heartbeat_last_ping_timestamp * 1000) and max by (monitor_id) (uptime_heartbeat_status) < 1)", HEARTBEAT)),
            panel("Grace period", "Of those that have the shortest.", "s", ("bottomk(10, min by (monitor_id) (uptime_heartbeat_grace_period_seconds))", HEARTBEAT)),
        ]),
        ("Single monitors, at most METRICS_PER_MONITOR for each processor", [
            panel("Down or degraded", "0 is down, 0.5 is degraded.", "short", ("topk(20, max by (monitor_id, kind) (uptime_website_status) < 1)", MONITOR)),
            panel("Failing", "Results in a row, of the worst.", "short", ("topk(20, max by (monitor_id, kind) (uptime_website_consecutive_failures) > 0)", MONITOR)),
            panel("Failing checks", "Of the worst.", "cps", ('topk(20, sum by (monitor_id, kind) (rate(uptime_website_checks_total{outcome="down"}[$__rate_interval])) > 0)', MONITOR)),
            panel("Response time", "Of the slowest.", "s", ("topk(10, max by (monitor_id, kind) (uptime_website_response_time_seconds))", MONITOR)),
            panel("Name resolution", "Of the slowest.", "s", ("topk(10, max by (monitor_id, kind) (uptime_website_dns_resolution_time))", MONITOR)),
            panel("Connecting", "Of the slowest.", "s", ("topk(10, max by (monitor_id, kind) (uptime_website_tcp_connection_time))", MONITOR)),
            panel("Uptime", "Of the last 24 hours in percent, of the worst.", "percent", ("bottomk(10, min by (monitor_id, kind) (uptime_website_uptime_percentage))", MONITOR)),
            panel("Certificates", "Days until they expire, of those that expire first.", "d", ("bottomk(10, min by (monitor_id, kind) (uptime_website_ssl_expiry_days))", MONITOR)),
            panel("Since the last check", "Of those that wait longest.", "s", ("topk(10, time() - max by (monitor_id, kind) (uptime_website_last_check_timestamp))", MONITOR)),
        ]),
    ]),
    "alerts": ("Alerts", "From a transition to a message received.", [
        ("Now", [
            stat("Undelivered", "Messages that are still to be received.", "short", "sum(uptime_alerter_pending_deliveries)", [(None, "green"), (1, "orange"), (100, "red")]),
            stat("Unrouted", "Monitors with alerts that wait for their channels.", "short", "sum(uptime_alerter_unrouted_monitors)", BAD_ABOVE_0),
            stat("Lag", "From a record's publication to its handling.", "s", "max(uptime_alerter_lag_seconds)", [(None, "green"), (10, "orange"), (60, "red")]),
            stat("Sent today", "Messages in 24 hours.", "short", 'sum(increase(uptime_alerts_sent_total[24h]))'),
            stat("Given up today", "Messages in 24 hours.", "short", 'sum(increase(uptime_alerter_alert_steps_total{step="failed"}[24h])) or vector(0)', BAD_ABOVE_0),
            stat("Partitions", "Read by the alerters.", "short", "sum(uptime_alerter_partitions)", BAD_AT_0),
        ]),
        ("Decisions", [
            panel("Transitions", "By new state.", "cps", rate("uptime_alerter_transitions_total", "to"), stack=True),
            panel("Steps of alerts", "Decided, attempted, sent, failed, suppressed.", "cps",
                  ("sum by (alert, step) (rate(uptime_alerter_alert_steps_total[$__rate_interval]))", "{{alert}} {{step}}")),
            panel("Records", "By how they were taken.", "cps", rate("uptime_alerter_records_total", "effect"), stack=True),
            panel("Held back", "Monitors of which nobody is notified yet, by why.", "short", ("sum by (reason) (uptime_alerter_held_back)", "{{reason}}"), stack=True),
            panel("Suppressed", "Alerts, or messages of them, by what has suppressed them.", "cps", rate("uptime_alerter_suppressed_total", "reason"), stack=True),
        ]),
        ("Deliveries", [
            panel("Sends", "By the kind of channel.", "cps", ("sum by (kind) (rate(uptime_alerts_sent_total[$__rate_interval]))", "{{kind}} received"),
                  ("sum by (kind) (rate(uptime_alerts_failed_total[$__rate_interval]))", "{{kind}} failed"),
                  ("sum(rate(uptime_alert_retry_attempts_total[$__rate_interval]))", "to be sent again")),
            panel("Duration of a send", "By kind of channel.", "s", *quantiles("uptime_alert_delivery_duration_seconds", "kind")),
            panel("Escalation", "Messages of steps of escalation policies, and steps that reached nobody or not everybody whom they name.", "cps", rate("uptime_alerter_escalation_steps_total", "outcome")),
            panel("Sent once more", "Messages that a user asked for again, by whether they were still known.", "cps", rate("uptime_alerter_resends_total", "found")),
            panel("Held back in a storm", "Messages that became part of another one.", "cps", rate("uptime_alert_throttle_hits_total")),
            panel("Undelivered", "By pod.", "short", ("sum by (instance) (uptime_alerter_pending_deliveries)", "{{instance}}"), stack=True),
            panel("Channels", "Those with an attempt within a quarter of an hour, by kind and by how the last one ended: many that fail are the way out, one is its owner's.", "short",
                  ("sum by (kind, last) (uptime_alerter_channels)", "{{kind}} {{last}}"), stack=True, width=24),
        ]),
        ("The store", [
            panel("Writes tried again", "To Kafka.", "cps", rate("uptime_alerter_write_failures_total", "instance")),
            panel("Restoring partitions", "When they are newly assigned.", "s", *quantiles("uptime_alerter_restore_duration_seconds")),
            panel("Moved states", "They were on other partitions than their monitors' records.", "cps", rate("uptime_alerter_misplaced_states_total", "instance")),
            panel("In memory", "Monitors and partitions.", "short", ("sum(uptime_alerter_monitors)", "monitors"), ("sum(uptime_alerter_partitions)", "partitions")),
        ]),
    ]),
    "api": ("API", "The gateway and user-service.", [
        ("Now", [
            stat("Requests", "Per second.", "reqps", "sum(rate(uptime_api_requests_total[5m]))"),
            stat("Errors", "Part of requests with 5xx.", "percentunit", '(sum(rate(uptime_api_requests_total{status=~"5.."}[5m])) or vector(0)) / sum(rate(uptime_api_requests_total[5m]))', [(None, "green"), (0.01, "orange"), (0.05, "red")]),
            stat("Live streams", "Open.", "short", "sum(uptime_gateway_streams)"),
            stat("Refused logins", "Per minute.", "short", '60 * sum(rate(uptime_api_auth_attempts_total{outcome="refused"}[5m]))'),
            stat("Rate limited", "Requests per minute.", "short", "60 * sum(rate(uptime_gateway_rate_limited_total[5m]))"),
            stat("Outbox", "Records that wait for Kafka.", "short", "min(uptime_user_service_outbox_pending)", [(None, "green"), (1, "orange"), (1000, "red")]),
        ]),
        ("Gateway", [
            panel("Requests", "By status.", "reqps", rate("uptime_api_requests_total", "status"), stack=True),
            panel("By route", "The ten busiest.", "reqps", ("topk(10, sum by (route) (rate(uptime_api_requests_total[$__rate_interval])))", "{{route}}")),
            panel("Duration", "Live streams left out.", "s", *quantiles("uptime_gateway_request_duration_seconds", where='{route!~".*/(stream|test)"}')),
            panel("Slowest routes", "p99 of the ten slowest.", "s",
                  ('topk(10, histogram_quantile(0.99, sum by (le, route) (rate(uptime_gateway_request_duration_seconds_bucket{route!~".*/(stream|test)"}[$__rate_interval]))))', "{{route}}")),
            panel("Credentials", "Attempts by kind and outcome.", "cps", ("sum by (kind, outcome) (rate(uptime_api_auth_attempts_total[$__rate_interval]))", "{{kind}} {{outcome}}")),
            panel("Rate limited", "By limit.", "cps", rate("uptime_gateway_rate_limited_total", "limit")),
        ]),
        ("Status pages", [
            panel("Status pages", "Requests by what became of them: stale is made of an old document.", "reqps", rate("uptime_status_page_requests_total", "outcome"), stack=True),
            panel("By form", "What is asked for.", "reqps", rate("uptime_status_page_requests_total", "form"), stack=True),
            panel("Duration of pages", "All forms.", "s", *quantiles("uptime_status_page_duration_seconds")),
        ]),
        ("user-service", [
            panel("Duration", "All routes.", "s", *quantiles("uptime_user_service_request_seconds")),
            panel("Outbox", "Published, and attempts that failed.", "cps", (rate("uptime_user_service_outbox_published_total")[0], "published"), (rate("uptime_user_service_outbox_failures_total")[0], "failed")),
            panel("Mirror in Redis", "Changes not told at once, and entries put right.", "cps", (rate("uptime_user_service_mirror_failures_total")[0], "failures"), (rate("uptime_user_service_mirror_repairs_total")[0], "repairs")),
            panel("Documents of status pages", "Per second, by outcome; the age of the oldest in seconds.", "short",
                  ("sum by (outcome) (rate(uptime_user_service_status_page_documents_total[$__rate_interval]))", "{{outcome}}"),
                  ("max(uptime_status_page_oldest_seconds)", "oldest")),
            panel("Making documents", "All pages.", "s", *quantiles("uptime_user_service_status_page_seconds")),
            panel("Other status pages", "Readings by outcome.", "cps", rate("uptime_user_service_external_pages_total", "outcome")),
            panel("Host names of status pages", "Look-ups per hour, by outcome.", "short", ("sum by (outcome) (increase(uptime_user_service_status_page_proofs_total[1h]))", "{{outcome}}")),
        ]),
    ]),
    "business": ("Business", "How the product is used.", [
        ("Now", [
            stat("Monitors", "That are not paused.", "short", "max(uptime_active_monitors_total)"),
            stat("Users", "With a session.", "short", "max(uptime_active_users_total)"),
            stat("Registered today", "Accounts made in 24 hours.", "short", "sum(increase(uptime_user_registrations_total[24h]))"),
            stat("Monitors per user", "On average.", "short", "max(uptime_monitors_per_user)"),
            stat("Checks today", "In 24 hours.", "short", "sum(increase(uptime_pinger_checks_total[24h]))"),
            stat("Down today", "Incidents opened in 24 hours.", "short", 'sum(increase(uptime_processor_incidents_total{change="opened"}[24h]))'),
            stat("Messages today", "Received in 24 hours.", "short", 'sum(increase(uptime_alerts_sent_total[24h]))'),
            stat("Logins today", "Accepted, in 24 hours.", "short", 'sum(increase(uptime_user_service_logins_total{outcome="accepted"}[24h]))'),
            stat("Limits reached", "Requests that a limit of a plan refused, in 24 hours.", "short", "sum(increase(uptime_limits_reached_total[24h]))"),
            stat("Plan unknown", "Organisations whose plan is not configured.", "short", "max(uptime_subscription_unknown)"),
            stat("Watching", "Open live streams.", "short", "sum(uptime_gateway_streams)"),
        ]),
        ("Over time", [
            panel("Monitors", "That are being checked; one of several regions counts in each of them.", "short", ("sum(uptime_pinger_monitors)", "monitors")),
            panel("Incidents", "Opened and closed per hour.", "short", ("sum by (change) (increase(uptime_processor_incidents_total[1h]))", "{{change}}")),
            panel("Outages", "That began, and that ended by themselves, per hour.", "short",
                  ("sum(increase(uptime_downtime_events_total[1h]))", "began"), ("sum(increase(uptime_recovery_events_total[1h]))", "ended"),
                  ("sum(increase(uptime_heartbeat_missed_total[1h]))", "pings missed")),
            panel("Duration of outages", "Of those that ended by themselves.", "s", *quantiles("uptime_downtime_duration_seconds")),
            panel("Targets up", "Part of the checks that found their target up.", "percentunit",
                  ('sum(rate(uptime_pinger_checks_total{outcome="up"}[$__rate_interval])) / sum(rate(uptime_pinger_checks_total[$__rate_interval]))', "up")),
            panel("Logins", "Per hour, by outcome.", "short", ("sum by (outcome) (increase(uptime_user_service_logins_total[1h]))", "{{outcome}}")),
            panel("Confirmation mails", "To recipients of e-mail channels, per hour, by outcome; and what they answered.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_confirmation_mails_total[1h]))", "{{outcome}}"),
                  ("sum by (answer) (increase(uptime_user_service_recipient_answers_total[1h]))", "{{answer}}")),
            panel("Codes to phones", "That confirm numbers of members' own channels, per hour, by outcome; and the ones that were entered.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_confirmation_codes_total[1h]))", "{{outcome}}")),
            panel("Mails about accounts", "Per hour, by outcome; and how many wait.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_mails_total[1h]))", "{{outcome}}"),
                  ("min(uptime_user_service_mails_pending)", "waiting")),
            panel("Notices to subscribers", "Mails about updates of status pages per hour, by outcome; and how many wait.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_notices_total[1h]))", "{{outcome}}"),
                  ("min(uptime_user_service_notices_pending)", "waiting")),
            panel("Messages to destinations", "About updates of status pages per hour, by kind and outcome; and how many wait.", "short",
                  ("sum by (kind, outcome) (increase(uptime_user_service_page_deliveries_total[1h]))", "{{kind}} {{outcome}}"),
                  ("min by (kind) (uptime_user_service_page_deliveries_pending)", "{{kind}} waiting")),
            panel("Subscriptions to status pages", "Per hour: asked, confirmed and ended; and the mails that ask, by outcome.", "short",
                  ("sum by (change) (increase(uptime_user_service_page_subscriptions_total[1h]))", "{{change}}"),
                  ("sum by (outcome) (increase(uptime_user_service_sign_up_mails_total[1h]))", "mail {{outcome}}")),
            panel("Exports and deletions", "Archives per hour, by outcome; accounts and organisations that were erased.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_exports_total[1h]))", "{{outcome}}"),
                  ("sum by (of) (increase(uptime_user_service_deletions_total[1h]))", "erased {{of}}")),
            panel("SLA reports", "Computed per hour, by what asked for them and outcome; and how long they took.", "short",
                  ("sum by (by, outcome) (increase(uptime_user_service_sla_reports_total[1h]))", "{{by}} {{outcome}}"),
                  ("histogram_quantile(0.99, sum by (le) (rate(uptime_user_service_sla_report_seconds_bucket[$__rate_interval])))", "seconds, p99")),
            panel("Drills", "Outages that are rehearsed: per hour, by what asked for them and outcome.", "short",
                  ("sum by (by, outcome) (increase(uptime_user_service_drills_total[1h]))", "{{by}} {{outcome}}")),
            panel("Reports of WhatsApp", "What became of messages: per hour, by outcome.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_message_reports_total[1h]))", "{{outcome}}")),
            panel("Simulations", "Of what would have been sent: per hour, by outcome; results gone through per hour; and how long they took.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_simulations_total[1h]))", "{{outcome}}"),
                  ("sum(increase(uptime_user_service_simulated_results_total[1h]))", "results"),
                  ("histogram_quantile(0.99, sum by (le) (rate(uptime_user_service_simulation_seconds_bucket[$__rate_interval])))", "seconds, p99")),
            panel("Status pages", "By who may see them.", "short", ("max by (access) (uptime_status_pages)", "{{access}}")),
            panel("Sessions", "Refreshed per hour, by outcome.", "short", ("sum by (outcome) (increase(uptime_user_service_refreshes_total[1h]))", "{{outcome}}")),
            panel("Plans", "Organisations by plan.", "short", ("max by (plan) (uptime_subscription_tier)", "{{plan}}"), stack=True),
            panel("Limits reached", "Per hour, by what there is too much of.", "short", ("sum by (key) (increase(uptime_limits_reached_total[1h]))", "{{key}}")),
            panel("History", "Rows of results stored, by what became of them.", "cps", rate("uptime_processor_rows_total", "outcome"), stack=True),
            panel("Alert history", "Steps stored per second.", "cps", rate("uptime_processor_alert_events_total")),
            panel("Storage", "What each table takes in PostgreSQL with its indexes.", "bytes", ("max by (table) (uptime_storage_usage_bytes)", "{{table}}"), stack=True),
            panel("What is usual of response times", "Monitors of which the log was given it per hour, by outcome; and for how long that is overdue.", "short",
                  ("sum by (outcome) (increase(uptime_user_service_baselines_total[1h]))", "{{outcome}}"),
                  ("max(uptime_user_service_baselines_overdue_seconds)", "seconds overdue")),
            panel("Earlier settings of alerts", "For how long the oldest that is kept should have been removed.", "s", ("max(uptime_user_service_past_overdue_seconds)", "overdue")),
        ]),
    ]),
}


def rendered(spec, number, x, y, height):
    """A panel as Grafana reads it."""
    defaults = {"unit": spec["unit"], "min": None}
    if spec["thresholds"]:
        steps = [{"value": value, "color": color} for value, color in spec["thresholds"]]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    if spec["kind"] == "timeseries":
        stacking = {"mode": "normal" if spec["stack"] else "none", "group": "A"}
        defaults["custom"] = {"fillOpacity": 15 if spec["stack"] else 5, "showPoints": "never", "stacking": stacking}
        defaults["min"] = 0
        options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    else:
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    return {
        "id": number,
        "type": spec["kind"],
        "title": spec["title"],
        "description": spec["description"],
        "datasource": {"type": "prometheus", "uid": "prometheus"},
        "gridPos": {"x": x, "y": y, "w": spec["width"], "h": height},
        "fieldConfig": {"defaults": {key: value for key, value in defaults.items() if value is not None}, "overrides": []},
        "options": options,
        "targets": [
            {"refId": chr(ord("A") + index), "expr": expr, "legendFormat": legend, "datasource": {"type": "prometheus", "uid": "prometheus"}}
            for index, (expr, legend) in enumerate(spec["queries"])
        ],
    }


def dashboard(uid, title, description, rows):
    """A dashboard as Grafana reads it."""
    panels, number, y = [], 1, 0
    for row, specs in rows:
        panels.append({"id": number, "type": "row", "title": row, "collapsed": False, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}, "panels": []})
        number, y, x, height = number + 1, y + 1, 0, 0
        for spec in specs:
            if x + spec["width"] > WIDTH:
                x, y = 0, y + height
            height = 4 if spec["kind"] == "stat" else 8
            panels.append(rendered(spec, number, x, y, height))
            number, x = number + 1, x + spec["width"]
        y += height
    return {
        "uid": f"uptime-{uid}",
        "title": title,
        "description": description,
        "tags": ["uptime-monitor"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "links": [{"type": "dashboards", "tags": ["uptime-monitor"], "title": "Uptime Monitor", "asDropdown": False, "includeVars": False, "keepTime": True}],
        "templating": {"list": []},
        "annotations": {"list": [{"name": "Alerts", "enable": True, "iconColor": "red", "datasource": {"type": "prometheus", "uid": "prometheus"},
                                  "expr": 'ALERTS{alertstate="firing", severity="critical"}', "titleFormat": "{{alertname}}", "step": "60s"}]},
        "panels": panels,
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "dashboards"
    for uid, (title, description, rows) in DASHBOARDS.items():
        content = json.dumps(dashboard(uid, title, description, rows), indent=1, ensure_ascii=False)
        (folder / f"{uid}.json").write_text(content + "\n")


if __name__ == "__main__":
    main()
