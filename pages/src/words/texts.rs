//! Which words there are: a language lacks none of them.

/// Words that depend on a number, which stands for `{}`. English and German have one form for 1 and one for all others.
pub(crate) struct Plural {
    pub(super) one: &'static str,
    pub(super) other: &'static str,
}

impl Plural {
    /// The words for a number.
    pub(crate) fn of(&self, count: u64) -> String {
        let form = match count {
            1 => self.one,
            _ => self.other,
        };
        form.replacen("{}", &count.to_string(), 1)
    }
}

/// The words of a language. `{}` stands for what is put in.
pub(crate) struct Texts {
    /// BCP 47.
    pub(crate) lang: &'static str,
    pub(super) decimal_mark: char,
    pub(super) before_percent: &'static str,
    pub(super) months: [&'static str; 12],
    pub(super) months_short: [&'static str; 12],
    pub(super) weekdays: [&'static str; 7],
    /// What stands after the day of the month.
    pub(super) after_day: &'static str,

    pub(super) operational: &'static str,
    pub(super) unknown: &'static str,
    pub(super) maintenance_state: &'static str,
    pub(super) degraded: &'static str,
    pub(super) partial_outage: &'static str,
    pub(super) major_outage: &'static str,

    pub(super) all_operational: &'static str,
    pub(super) some_unknown: &'static str,
    pub(super) some_maintenance: &'static str,
    pub(super) some_degraded: &'static str,
    pub(super) some_partial_outage: &'static str,
    pub(super) some_major_outage: &'static str,
    pub(crate) components_affected: Plural,

    pub(super) investigating: &'static str,
    pub(super) identified: &'static str,
    pub(super) monitoring: &'static str,
    pub(super) resolved: &'static str,

    pub(crate) days: Plural,
    pub(super) hours: Plural,
    pub(super) minutes: Plural,
    pub(super) seconds: Plural,

    pub(crate) skip: &'static str,
    pub(crate) subscribe: &'static str,
    pub(crate) history: &'static str,
    pub(crate) whole_history: &'static str,
    pub(crate) back: &'static str,
    pub(crate) status_of: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) refresh: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) open_reports: &'static str,
    pub(crate) affects: &'static str,
    pub(crate) began: &'static str,
    pub(crate) lasted: &'static str,
    pub(crate) updates: &'static str,
    pub(crate) all_updates: Plural,
    pub(crate) postmortem: &'static str,
    pub(crate) maintenance: &'static str,
    pub(crate) under_way: &'static str,
    pub(crate) planned: &'static str,
    pub(crate) maintenance_done: &'static str,
    pub(crate) more_maintenance: Plural,
    pub(crate) and_more: Plural,
    pub(crate) components: &'static str,
    pub(crate) days_ago: Plural,
    pub(crate) today: &'static str,
    pub(crate) uptime: &'static str,
    pub(crate) uptime_days: Plural,
    pub(crate) no_data: &'static str,
    pub(crate) nothing_reported: &'static str,
    pub(crate) reported: &'static str,
    pub(crate) down_for: &'static str,
    pub(crate) degraded_for: &'static str,
    pub(crate) days_with_problems: Plural,
    pub(crate) days_without_data: Plural,
    pub(crate) bar_summary: Plural,
    pub(crate) no_problems: &'static str,
    pub(crate) response_time: &'static str,
    pub(crate) response_within: &'static str,
    pub(crate) legend: &'static str,
    pub(crate) legend_up: &'static str,
    pub(crate) legend_some: &'static str,
    pub(crate) legend_bad: &'static str,
    pub(crate) legend_none: &'static str,
    pub(crate) past: &'static str,
    pub(crate) nothing_happened: &'static str,
    pub(crate) no_history: &'static str,
    pub(crate) feeds_intro: &'static str,
    pub(crate) feeds_secret: &'static str,
    pub(crate) calendar: &'static str,
    pub(crate) badge: &'static str,
    pub(crate) embed: &'static str,
    pub(crate) embed_code: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) utc_days: &'static str,

    pub(crate) door_password: &'static str,
    pub(crate) password: &'static str,
    pub(crate) open_page: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) door_email: &'static str,
    pub(crate) email: &'static str,
    pub(crate) send_link: &'static str,
    pub(crate) link_sent: &'static str,
    pub(crate) link_expired: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) door_members: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) door_addresses: &'static str,
    pub(crate) enter: &'static str,

    pub(crate) not_found: &'static str,
    pub(crate) not_found_why: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) unavailable_why: &'static str,
}
