//! The service's metrics, each with its meaning.

use api::LimitKey;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Logins by `outcome`.
pub(crate) const LOGINS: &str = "uptime_user_service_logins_total";
/// Rotations of refresh tokens by `outcome`.
pub(crate) const REFRESHES: &str = "uptime_user_service_refreshes_total";
/// Durations of requests by `route` and `method`.
pub(crate) const REQUEST_SECONDS: &str = "uptime_user_service_request_seconds";
/// Accounts and organisations that were erased, by `of`.
pub(crate) const DELETIONS: &str = "uptime_user_service_deletions_total";
/// Archives by `outcome`.
pub(crate) const EXPORTS: &str = "uptime_user_service_exports_total";
/// SLA reports by `by` and `outcome`.
pub(crate) const SLA_REPORTS: &str = "uptime_user_service_sla_reports_total";
/// Durations of making them.
pub(crate) const SLA_REPORT_SECONDS: &str = "uptime_user_service_sla_report_seconds";
/// Simulations of what would have been sent, by `outcome`.
pub(crate) const SIMULATIONS: &str = "uptime_user_service_simulations_total";
/// Durations of them.
pub(crate) const SIMULATION_SECONDS: &str = "uptime_user_service_simulation_seconds";
/// Results that they have gone through.
pub(crate) const SIMULATED_RESULTS: &str = "uptime_user_service_simulated_results_total";
/// Drills by `by` and `outcome`.
pub(crate) const DRILLS: &str = "uptime_user_service_drills_total";
/// For how long the oldest row of the past should have been gone.
pub(crate) const PAST_OVERDUE: &str = "uptime_user_service_past_overdue_seconds";
/// What is usual of monitors' response times, given to the log, by `outcome`.
pub(crate) const BASELINES: &str = "uptime_user_service_baselines_total";
/// For how long it should have been given for the monitor that has waited longest.
pub(crate) const BASELINES_OVERDUE: &str = "uptime_user_service_baselines_overdue_seconds";
/// Reports of WhatsApp about messages, by `outcome`.
pub(crate) const MESSAGE_REPORTS: &str = "uptime_user_service_message_reports_total";
/// Rows of the outbox.
pub(crate) const OUTBOX_PENDING: &str = "uptime_user_service_outbox_pending";
/// Records published.
pub(crate) const OUTBOX_PUBLISHED: &str = "uptime_user_service_outbox_published_total";
/// Attempts to publish that failed.
pub(crate) const OUTBOX_FAILURES: &str = "uptime_user_service_outbox_failures_total";
/// Changes that could not be published to Redis at once.
pub(crate) const MIRROR_FAILURES: &str = "uptime_user_service_mirror_failures_total";
/// Mails that ask recipients of e-mail channels to confirm, by `outcome`.
pub(crate) const CONFIRMATION_MAILS: &str = "uptime_user_service_confirmation_mails_total";
/// Codes that confirm numbers of own channels, by `outcome`.
pub(crate) const CONFIRMATION_CODES: &str = "uptime_user_service_confirmation_codes_total";
/// Mails about accounts, by `kind` and `outcome`.
pub(crate) const MAILS: &str = "uptime_user_service_mails_total";
/// Mails about accounts that wait to be sent.
pub(crate) const MAILS_PENDING: &str = "uptime_user_service_mails_pending";
/// Mails to subscribers about updates of reports, by `outcome`.
pub(crate) const NOTICES: &str = "uptime_user_service_notices_total";
/// Mails to subscribers that wait to be sent.
pub(crate) const NOTICES_PENDING: &str = "uptime_user_service_notices_pending";
/// Messages to destinations of status pages, by `kind` and `outcome`.
pub(crate) const PAGE_DELIVERIES: &str = "uptime_user_service_page_deliveries_total";
/// Messages to destinations that wait to be sent, by `kind`.
pub(crate) const PAGE_DELIVERIES_PENDING: &str = "uptime_user_service_page_deliveries_pending";
/// Mails that answer sign-ups on status pages, by `outcome`.
pub(crate) const SIGN_UP_MAILS: &str = "uptime_user_service_sign_up_mails_total";
/// Subscriptions to status pages, by `change`.
pub(crate) const PAGE_SUBSCRIPTIONS: &str = "uptime_user_service_page_subscriptions_total";
/// What recipients have said, by `answer`.
pub(crate) const RECIPIENT_ANSWERS: &str = "uptime_user_service_recipient_answers_total";
/// Status pages that visitors see, by `access`.
pub(crate) const STATUS_PAGES: &str = "uptime_status_pages";
/// Documents of status pages by `outcome`.
pub(crate) const STATUS_PAGE_DOCUMENTS: &str = "uptime_user_service_status_page_documents_total";
/// How long a document took.
pub(crate) const STATUS_PAGE_SECONDS: &str = "uptime_user_service_status_page_seconds";
/// How old the oldest document is.
pub(crate) const STATUS_PAGE_AGE: &str = "uptime_status_page_oldest_seconds";
/// Look-ups of host names by `outcome`.
pub(crate) const STATUS_PAGE_PROOFS: &str = "uptime_user_service_status_page_proofs_total";
/// Readings of other status pages by `outcome`.
pub(crate) const EXTERNAL_PAGES: &str = "uptime_user_service_external_pages_total";
/// Entries that a reconciliation had to put right.
pub(crate) const MIRROR_REPAIRS: &str = "uptime_user_service_mirror_repairs_total";

/// Monitors that are not paused.
pub(crate) const ACTIVE_MONITORS: &str = "uptime_active_monitors_total";
/// Users with a session.
pub(crate) const ACTIVE_USERS: &str = "uptime_active_users_total";
/// Monitors by users.
pub(crate) const MONITORS_PER_USER: &str = "uptime_monitors_per_user";
/// Accounts made.
pub(crate) const REGISTRATIONS: &str = "uptime_user_registrations_total";
/// Organisations by `plan`.
pub(crate) const SUBSCRIPTION_TIER: &str = "uptime_subscription_tier";
/// Organisations whose plan or limits cannot be gone by.
pub(crate) const SUBSCRIPTION_UNKNOWN: &str = "uptime_subscription_unknown";
/// Requests that a limit of a plan has refused, by `key`.
pub(crate) const LIMITS_REACHED: &str = "uptime_limits_reached_total";
/// Bytes in PostgreSQL by `table`.
pub(crate) const STORAGE_BYTES: &str = "uptime_storage_usage_bytes";

/// Describes the metrics to the recorder.
pub(crate) fn describe() {
    describe_gauge!(
        ACTIVE_MONITORS,
        "Monitors that are not paused, the same from every pod"
    );
    describe_gauge!(
        ACTIVE_USERS,
        "Users with a session that has not expired, the same from every pod"
    );
    describe_gauge!(
        MONITORS_PER_USER,
        "Monitors divided by users, the same from every pod"
    );
    describe_counter!(REGISTRATIONS, "Accounts that were made");
    // So that the first one is an increase.
    metrics::counter!(REGISTRATIONS).increment(0);
    describe_gauge!(
        SUBSCRIPTION_TIER,
        "Organisations by plan, the same from every pod"
    );
    describe_gauge!(
        SUBSCRIPTION_UNKNOWN,
        "Organisations whose plan is not configured, or whose own limits cannot be read: they have the default plan's"
    );
    describe_counter!(
        LIMITS_REACHED,
        "Requests to add something that were refused because there is as much of it as there may be, by what it is"
    );
    for key in LimitKey::ALL {
        metrics::counter!(LIMITS_REACHED, "key" => key.as_str()).increment(0);
    }
    describe_gauge!(
        STORAGE_BYTES,
        Unit::Bytes,
        "What each table takes in PostgreSQL with its indexes, the same from every pod"
    );
    describe_counter!(
        LOGINS,
        "Logins by outcome: accepted, refused, challenged (the password was right, and a code is needed) or code_refused"
    );
    describe_counter!(REFRESHES, "Refreshed sessions by outcome");
    describe_histogram!(REQUEST_SECONDS, Unit::Seconds, "How long requests took");
    describe_counter!(
        DELETIONS,
        "Accounts and organisations that were erased with everything of theirs, by what it was"
    );
    describe_counter!(
        EXPORTS,
        "Archives of an account or organisation, by outcome: made or failed"
    );
    describe_counter!(
        SLA_REPORTS,
        "SLA reports that were computed, by what asked for them (request, preview or schedule) and outcome: made, refused, late or failed"
    );
    describe_histogram!(
        SLA_REPORT_SECONDS,
        Unit::Seconds,
        "How long SLA reports took, waiting for a place included"
    );
    describe_counter!(
        SIMULATIONS,
        "Simulations of what would have been sent, by outcome: made, too_much, late or failed"
    );
    describe_histogram!(
        SIMULATION_SECONDS,
        Unit::Seconds,
        "How long such a simulation took, without reading the results"
    );
    describe_counter!(
        SIMULATED_RESULTS,
        "Results that simulations have gone through, once for each candidate"
    );
    describe_counter!(
        DRILLS,
        "Drills by what asked for them (request or schedule) and outcome: begun, or of a schedule missed, refused or failed"
    );
    describe_gauge!(
        PAST_OVERDUE,
        Unit::Seconds,
        "For how long the oldest of what alerts went by before should have been removed, the same from every pod"
    );
    describe_counter!(
        BASELINES,
        "Monitors of which the log was to be given what is usual of response times, by outcome: given or failed"
    );
    for outcome in ["given", "failed"] {
        metrics::counter!(BASELINES, "outcome" => outcome).increment(0);
    }
    describe_gauge!(
        BASELINES_OVERDUE,
        Unit::Seconds,
        "For how long the log should have been given what is usual of the monitor that has waited longest, the same from every pod"
    );
    describe_counter!(
        MESSAGE_REPORTS,
        "Reports of WhatsApp about messages, by outcome: noted, early (the message is not known yet), unknown, left_out (a status \
         that cannot be read) or refused; and passed_on, the deliveries of which alerters hear that they failed"
    );
    describe_gauge!(OUTBOX_PENDING, "Records of the outbox that wait to be published");
    describe_counter!(OUTBOX_PUBLISHED, "Records of the outbox that Kafka acknowledged");
    describe_counter!(
        OUTBOX_FAILURES,
        "Attempts to publish that Kafka did not acknowledge"
    );
    describe_counter!(
        MIRROR_FAILURES,
        "Changes that could not be published to Redis at once"
    );
    describe_counter!(
        CONFIRMATION_MAILS,
        "Mails that ask recipients of e-mail channels to confirm, by outcome: sent, failed, refused or limited"
    );
    describe_counter!(
        CONFIRMATION_CODES,
        "Codes that confirm numbers of members' own channels, by outcome: sent, failed, refused, limited or dropped; and entered \
         ones: confirmed or wrong"
    );
    describe_counter!(
        MAILS,
        "Mails about accounts by kind, and outcome: sent, failed, refused, dropped, limited or overflow"
    );
    describe_gauge!(
        MAILS_PENDING,
        "Mails about accounts that wait to be sent, the same from every pod"
    );
    describe_counter!(
        NOTICES,
        "Mails to subscribers of status pages about updates of reports, by outcome: sent, failed, refused, given_up or dropped"
    );
    describe_gauge!(
        NOTICES_PENDING,
        "Mails to subscribers of status pages that wait to be sent, the same from every pod"
    );
    describe_counter!(
        PAGE_DELIVERIES,
        "Messages to destinations of status pages about updates of reports, by kind, and outcome: delivered, failed, refused, given_up or dropped"
    );
    describe_gauge!(
        PAGE_DELIVERIES_PENDING,
        "Messages to destinations of status pages that wait to be sent, by kind, the same from every pod"
    );
    describe_counter!(
        SIGN_UP_MAILS,
        "Mails that answer sign-ups on status pages, by outcome: sent, failed, refused, dropped or limited"
    );
    describe_counter!(
        PAGE_SUBSCRIPTIONS,
        "Subscriptions to status pages by change: asked, confirmed or unsubscribed"
    );
    describe_counter!(
        RECIPIENT_ANSWERS,
        "Recipients of e-mail channels that confirmed or declined, by answer"
    );
    describe_gauge!(
        STATUS_PAGES,
        "Status pages that visitors see, by who may see them, the same from every pod"
    );
    describe_counter!(
        STATUS_PAGE_DOCUMENTS,
        "Documents of status pages by outcome: published, hidden (the page is not there for visitors) or failed"
    );
    describe_histogram!(
        STATUS_PAGE_SECONDS,
        Unit::Seconds,
        "How long it took to make the document of a status page and to write it to Redis"
    );
    describe_gauge!(
        STATUS_PAGE_AGE,
        Unit::Seconds,
        "How old the oldest document of a status page is that visitors see, the same from every pod"
    );
    describe_counter!(
        STATUS_PAGE_PROOFS,
        "Look-ups whether a host name is a status page's, by outcome: proven or refused"
    );
    describe_counter!(
        EXTERNAL_PAGES,
        "Readings of other status pages that components show, by outcome: read, failed or blocked (its address may not be connected to)"
    );
    describe_counter!(
        MIRROR_REPAIRS,
        "Mirrored definitions that a reconciliation put right"
    );
}
