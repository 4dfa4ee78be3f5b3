//! What pages say about subscriptions, in each language.

use domain::status_page::Locale;

/// The words about subscriptions. `{}` stands for the address.
pub(crate) struct Subscribing {
    pub(crate) heading: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) choose_hint: &'static str,
    pub(crate) subscribe: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) no_address: &'static str,
    pub(crate) other_domain: &'static str,
    pub(crate) gone_component: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) asks: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) manages: &'static str,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) unsubscribe: &'static str,
    pub(crate) ask_unsubscribe: &'static str,
    pub(crate) unsubscribed: &'static str,
    pub(crate) unknown: &'static str,
}

/// The words in a language.
pub(crate) fn of(locale: Locale) -> &'static Subscribing {
    match locale {
        Locale::En => &EN,
        Locale::De => &DE,
    }
}

static EN: Subscribing = Subscribing {
    heading: "Get updates by e-mail",
    intro: "Get an e-mail whenever a problem is reported, and when there is news of it.",
    choose: "Only some components",
    choose_hint: "Without a choice you are told of all of them.",
    subscribe: "Subscribe",
    sent: "Check your inbox: if the address is not subscribed yet, a link to confirm is on its way. It is valid for 7 days.",
    no_address: "That is not an e-mail address.",
    other_domain: "Only addresses that may see this page can subscribe.",
    gone_component: "A component that you have chosen is not on the page any more. Choose again.",
    unavailable: "This cannot be done at the moment. Try again in a few minutes.",
    asks: "Send updates to {}?",
    confirm: "Confirm the subscription",
    expired: "That link confirms no more. Enter the address on the page again.",
    confirmed: "You are subscribed.",
    manages: "Updates go to {}.",
    save: "Save",
    saved: "Saved.",
    unsubscribe: "Unsubscribe",
    ask_unsubscribe: "Do you want no more e-mails about this page?",
    unsubscribed: "You get no more e-mails about this page.",
    unknown: "That link is not valid, or no longer.",
};

static DE: Subscribing = Subscribing {
    heading: "Per E-Mail benachrichtigt werden",
    intro: "Erhalten Sie eine E-Mail, sobald eine Störung gemeldet wird und wenn es Neues dazu gibt.",
    choose: "Nur einige Komponenten",
    choose_hint: "Ohne Auswahl werden Sie über alle benachrichtigt.",
    subscribe: "Abonnieren",
    sent: "Sehen Sie in Ihrem Postfach nach: Wenn die Adresse die Seite noch nicht abonniert hat, ist ein Link zur Bestätigung unterwegs. Er gilt 7 Tage.",
    no_address: "Das ist keine E-Mail-Adresse.",
    other_domain: "Nur Adressen, die diese Seite sehen dürfen, können sie abonnieren.",
    gone_component: "Eine Komponente, die Sie ausgewählt haben, steht nicht mehr auf der Seite. Wählen Sie noch einmal.",
    unavailable: "Das ist zurzeit nicht möglich. Versuchen Sie es in einigen Minuten noch einmal.",
    asks: "Sollen Benachrichtigungen an {} gehen?",
    confirm: "Abonnement bestätigen",
    expired: "Dieser Link bestätigt nichts mehr. Geben Sie die Adresse noch einmal auf der Seite ein.",
    confirmed: "Sie haben die Seite abonniert.",
    manages: "Benachrichtigungen gehen an {}.",
    save: "Speichern",
    saved: "Gespeichert.",
    unsubscribe: "Abbestellen",
    ask_unsubscribe: "Möchten Sie keine E-Mails über diese Seite mehr erhalten?",
    unsubscribed: "Sie erhalten keine E-Mails über diese Seite mehr.",
    unknown: "Dieser Link ist nicht oder nicht mehr gültig.",
};
