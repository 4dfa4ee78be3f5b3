//! Who may do what: every operation of the API, tried by everybody, through the gateway in front of user-service. What
//! has to come of it follows from the operation's permission.

mod callers;
mod things;

use crate::site::Site;
use api::{Listed, Presence};
use callers::{Caller, Office, Outcome};
use e2e::fuzz::{Answer, Known, Made, Sender, fault, sample};
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};

/// What succeeds only with what comes by mail, where there is a mail server or a provider, or after other calls: who may call it is
/// answered something else than a refusal.
const AFTER_MORE: [&str; 34] = [
    "AcceptInvitation",
    "AddSubscribers",
    "CancelAccountDeletion",
    "CancelMaintenanceOccurrence",
    "CancelOrganisationDeletion",
    "ConfirmIdentity",
    "ConfirmOwnChannel",
    "ConfirmSecondFactor",
    "CreateDrillSchedule",
    "CreateEscalationPolicy",
    "CreateOnCallOverride",
    "CreateOnCallSchedule",
    "CreateTeam",
    "DeleteAccount",
    "DeleteCalendarFeed",
    "DeleteOrganisation",
    "DisableSecondFactor",
    "EndSilence",
    "ExportAccount",
    "ExportOrganisation",
    "GetCalendar",
    "GetExportPart",
    "LinkIdentity",
    "OpenExport",
    "OrderAlertRoutes",
    "PreviewOnCallSchedule",
    "RegenerateRecoveryCodes",
    "ResendConfirmation",
    "ResendInvitation",
    "ResendOwnConfirmation",
    "ResendVerification",
    "RestoreMaintenanceOccurrence",
    "StartDrill",
    "UnlinkIdentity",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_open_to_whom_its_permission_says_and_to_nobody_else() {
    shared::install_crypto();
    let site = Site::start().await;
    let office = Office::open(&site).await;
    let mut table = Table {
        office: &office,
        sender: Sender::new(site.base()),
        sent: 0,
        wrong: Vec::new(),
    };
    let operations = api::operations();
    for operation in &operations {
        table.row(operation).await;
    }
    assert_eq!(table.sent as usize, operations.len() * Caller::all().len());
    assert!(
        table.wrong.is_empty(),
        "{} cells: {:#?}",
        table.wrong.len(),
        table.wrong
    );
}

struct Table<'a> {
    office: &'a Office<'a>,
    sender: Sender,
    sent: u32,
    wrong: Vec<String>,
}

impl Table<'_> {
    /// Has everybody call the operation.
    async fn row(&mut self, operation: &Listed) {
        let mut shared_path = None;
        let mut nobodys = StatusCode::OK;
        for caller in Caller::all() {
            let outcome = caller.outcome(operation);
            let credential = self.office.credential(caller).await;
            // All are refused the same row. Who removes one, or has a mail sent once more, has one of their own.
            let is_once = operation.method == api::Method::Delete || operation.path.ends_with("/resend");
            let is_of_account = operation.path.starts_with("/me/");
            let is_own = match outcome {
                Outcome::Done => is_once || is_of_account,
                // Of an older version of what is theirs.
                Outcome::Changed => is_of_account,
                _ => false,
            };
            let path = match &shared_path {
                Some(path) if !is_own => String::clone(path),
                _ => things::path(self.office, operation, credential.as_ref()).await,
            };
            shared_path.get_or_insert_with(|| path.clone());
            let credential = credential.map(|credential| credential.to_string());
            let made = self.made(operation, path, caller, credential);
            let answer = match self.sender.send(&made).await.unwrap() {
                Ok(answer) => answer,
                Err(error) => panic!("{} by {caller:?}: {error}", operation.id),
            };
            if caller == Caller::Nobody {
                nobodys = answer.status;
            }
            self.judge(&made, caller, outcome, nobodys, &answer);
        }
    }

    fn judge(&mut self, made: &Made, caller: Caller, outcome: Outcome, nobodys: StatusCode, answer: &Answer) {
        let status = answer.status;
        let needs_more = AFTER_MORE.contains(&made.operation.id) && outcome == Outcome::Done;
        let is_right = match outcome {
            Outcome::AsForNobody => status == nobodys && status != StatusCode::FORBIDDEN,
            _ if needs_more => !matches!(status.as_u16(), 401 | 403 | 405 | 429 | 500..),
            outcome => outcome.is(status),
        };
        let has_etag = !answer.header("etag").is_empty();
        let is_right = is_right && (has_etag == made.operation.has_etag || !status.is_success());
        let fault = fault(made, answer);
        if !is_right || fault.is_some() {
            let body = String::from_utf8_lossy(&answer.body);
            self.wrong.push(format!(
                "{} ({} {}) by {caller:?} is {outcome:?}, and was answered {status}: {body} {fault:?}",
                made.operation.id, made.method, made.path
            ));
        }
    }

    fn made(&mut self, operation: &Listed, path: String, caller: Caller, credential: Option<String>) -> Made {
        self.sent += 1;
        let mut headers = HeaderMap::new();
        if let Some(credential) = credential {
            headers.insert(AUTHORIZATION, credential.parse().unwrap());
        }
        if caller == Caller::Late {
            headers.insert(IF_MATCH, "\"0\"".parse().unwrap());
        }
        // Each from elsewhere: what is open to all is limited by address.
        let from = format!("198.18.{}.{}", self.sent / 250, self.sent % 250);
        headers.insert("x-forwarded-for", from.parse().unwrap());
        let body = self
            .body(operation, caller)
            .map(|body| body.to_string())
            .unwrap_or_default();
        if operation.body != Presence::None || operation.method == api::Method::Post {
            headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        }
        Made {
            operation: *operation,
            method: Method::from_bytes(operation.method.as_str().as_bytes()).unwrap(),
            path,
            headers,
            body: Bytes::from(body),
            wrong: Vec::new(),
        }
    }

    /// What is sent to the operation. Panics where it needs a body and there is no sample.
    fn body(&self, operation: &Listed, caller: Caller) -> Option<Value> {
        if operation.body == Presence::None {
            return None;
        }
        let mut known = Known::default();
        self.office.owner.email().clone_into(&mut known.email);
        known.count = self.sent;
        let mut body = match operation.id {
            "EditMonitor"
            | "CloneMonitor"
            | "EditChannel"
            | "EditMaintenanceWindow"
            | "EditDrillSchedule"
            | "EditEscalationPolicy"
            | "EditTeam"
            | "EditOnCallSchedule" => Some(json!({"name": "Other"})),
            "EditSilence" => Some(json!({"reason": "Other"})),
            id => Office::own_secret(id).or_else(|| sample(id, &known)),
        };
        if let (Caller::Narrowed { to, .. }, Some(body)) = (caller, &mut body) {
            self.office.within(to, operation.id, body);
        }
        assert!(
            body.is_some() || operation.body == Presence::Optional,
            "{} has no sample in e2e/src/fuzz/samples.rs",
            operation.id
        );
        body
    }
}
