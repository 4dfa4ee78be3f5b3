//! Changes of channels, with what they mean for the recipients of mails, and where they are noted.

use api::{
    Channel, ChannelInput, ChannelPath, Empty, ManageChannels, Operation, Permission as _, Principal,
    Resource,
};
use deadpool_postgres::{GenericClient, Transaction};
use domain::channel::{Config, EmailRecipientState, Kind, Policy};
use domain::monitor::FieldError;
use domain::{ChannelId, EmailAddress};
use serde_json::json;
use shared::guard::Targets;
use shared::http::call::{Call, CallerOf, Reply};
use shared::http::problem::Problem;

use super::called_by::{AsPrincipal, author, cause};
use super::channel_view::{Shown, audited, shown};
use super::creation::{self, Begun};
use super::require_version;
use crate::app::App;
use crate::mail_server;
use crate::rules::channel::{self as rules, ValidChannel};
use crate::rules::number_code;
use crate::rules::recipient_link::RecipientLink;
use crate::rules::recipients::Change;
use crate::store::account_events::{self, Cause};
use crate::store::audit::{Author, Resource as Audited};
use crate::store::channels::{self as store, ChannelRow, Whose};
use crate::store::error::StoreError;
use crate::store::{Scope, channel_confirmations, recipients, users};
use crate::verification;

/// Who changes a channel, and whose it is.
struct Editor<'a> {
    app: &'a App,
    caller: Principal,
    whose: Whose,
    author: Author,
    cause: Cause,
}

pub(super) async fn create<O>(app: &App, call: Call<O>, whose: Whose) -> Result<Reply<O>, Problem>
where
    O: Operation<Body = ChannelInput, Answer = Channel>,
    CallerOf<O>: AsPrincipal,
{
    let editor = Editor::of(app, &call, whose);
    let scope = editor.scope();
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    if whose != Whose::Organisation
        && let Some(kind) = call.body.kind.as_deref().and_then(Kind::parse)
    {
        rules::may_be_own(kind).map_err(|wrong| Problem::invalid(vec![wrong]))?;
    }
    let applied = rules::apply(call.body, None, &policy(app));
    let (channel, secret_is_new) = applied.map_err(Problem::invalid)?;
    if channel.config.kind() == Kind::Email && mail_server::is_missing(app).await {
        return Err(Problem::invalid(vec![mail_server::error()]));
    }
    let addresses = addresses_of(&channel.config);
    editor.require_own(&*tx, &[], addresses).await?;
    let change = editor.recipients_change(&tx, None, &[], addresses).await?;
    let row = store::insert(&tx, &app.keyring, (scope, whose), &channel, &app.plans).await?;
    editor.apply_to_recipients(&tx, change, &[], addresses).await?;
    let unconfirmed = editor.require_code(&tx, row.id, None, &channel.config).await?;
    let row = ChannelRow { unconfirmed, ..row };
    editor.note(&tx, None, Some(&row)).await?;
    let (id, secrets) = (row.id, Shown::to_editor(secret_is_new));
    let reply = Reply::new(shown(app, &*tx, row, secrets).await?);
    tx.commit_unless(secret_is_new, app, &reply).await?;
    announce(app, scope, id);
    Ok(reply)
}

pub(super) async fn edit<O>(app: &App, call: Call<O>, whose: Whose) -> Result<Reply<O>, Problem>
where
    O: Operation<Path = ChannelPath, Body = ChannelInput, Answer = Channel>,
    CallerOf<O>: AsPrincipal,
{
    let editor = Editor::of(app, &call, whose);
    let scope = editor.scope();
    let expected = call.if_match()?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    editor.take_turn(&tx).await?;
    let old = store::lock(&tx, scope, whose, call.path.id).await?;
    require_version(expected, old.version)?;
    let before = old.open(&app.keyring).map(|config| ValidChannel {
        name: old.name.clone(),
        config,
        enabled: old.enabled,
        alerts: old.alerts(),
    });
    let policy = policy(app);
    let applied = match &before {
        Some(before) => rules::apply(call.body, Some(before), &policy),
        None => rules::apply_to_unreadable(call.body, &old.known(), &policy),
    };
    let (after, secret_is_new) = applied.map_err(Problem::invalid)?;
    if before.as_ref() == Some(&after) && old.alerts.value().is_some() {
        return Ok(Reply::new(shown(app, &tx, old, Shown::Hidden).await?));
    }
    let addresses = before
        .as_ref()
        .map_or(&[][..], |before| addresses_of(&before.config));
    let after_addresses = addresses_of(&after.config);
    editor.require_own(&tx, addresses, after_addresses).await?;
    let change = editor
        .recipients_change(&tx, Some(old.id), addresses, after_addresses)
        .await?;
    let before_config = before.as_ref().map(|before| &before.config);
    editor
        .require_code(&tx, old.id, before_config, &after.config)
        .await?;
    let row = store::update(&tx, &app.keyring, &old, &after).await?;
    editor
        .apply_to_recipients(&tx, change, addresses, after_addresses)
        .await?;
    editor.note(&tx, Some(&old), Some(&row)).await?;
    tx.commit().await?;
    announce(app, scope, row.id);
    let secrets = Shown::to_editor(secret_is_new);
    Ok(Reply::new(shown(app, &client, row, secrets).await?))
}

pub(super) async fn delete<O>(app: &App, call: Call<O>, whose: Whose) -> Result<Reply<O>, Problem>
where
    O: Operation<Path = ChannelPath, Answer = Empty>,
    CallerOf<O>: AsPrincipal,
{
    let editor = Editor::of(app, &call, whose);
    let scope = editor.scope();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    editor.take_turn(&tx).await?;
    let old = store::lock(&tx, scope, whose, call.path.id).await?;
    require_version(call.if_match()?, old.version)?;
    let addresses = recipients::addresses(&old, &app.keyring);
    let change = editor
        .recipients_change(&tx, Some(old.id), &addresses, &[])
        .await?;
    store::delete(&tx, scope, &old).await?;
    editor.apply_to_recipients(&tx, change, &addresses, &[]).await?;
    editor.note(&tx, Some(&old), None).await?;
    tx.commit().await?;
    announce(app, scope, old.id);
    Ok(Reply::empty())
}

impl<'a> Editor<'a> {
    fn of<O: Operation>(app: &'a App, call: &Call<O>, whose: Whose) -> Self
    where
        CallerOf<O>: AsPrincipal,
    {
        Self {
            app,
            caller: *call.caller.as_principal(),
            whose,
            author: author(call),
            cause: cause::<O>(call.request()),
        }
    }

    fn scope(&self) -> Scope {
        self.author.scope
    }

    /// Takes the organisation's turn for a channel of the caller's own, before that is locked: who removes a member takes
    /// the turn first, and then the member's channels.
    async fn take_turn(&self, tx: &Transaction<'_>) -> Result<(), Problem> {
        if self.whose != Whose::Organisation {
            self.scope().take_turn(tx).await?;
        }
        Ok(())
    }

    /// Requires that nobody adds an address of somebody else whose own has still to be verified; and that who may not
    /// change the organisation's channels adds none but the own to a channel of the own: the states of recipients would
    /// tell whom the organisation mails, and those who are asked would be asked in its name.
    async fn require_own(
        &self,
        client: &impl GenericClient,
        before: &[String],
        after: &[String],
    ) -> Result<(), Problem> {
        if after.iter().all(|address| before.contains(address)) {
            return Ok(());
        }
        let may_add_others =
            self.whose == Whose::Organisation || Some(self.caller.role) >= ManageChannels::ROLE;
        let (own, wrong) = if may_add_others {
            let user = self.caller.user_id();
            let Some(own) = verification::unverified(self.app, client, user).await? else {
                return Ok(());
            };
            let wrong = "must hold no address but your own until you have verified that";
            (Some(EmailAddress::normal_of(&own)), wrong)
        } else {
            let own = self.verified_address(client).await?;
            (own, "must be your own verified address")
        };
        let is_own = |address: &String| {
            before.contains(address) || own.as_ref() == Some(&EmailAddress::normal_of(address))
        };
        match after.iter().all(is_own) {
            true => Ok(()),
            false => Err(Problem::invalid(vec![FieldError::new("config.to", wrong)])),
        }
    }

    /// Has a new number of a channel of the caller's own confirmed by a code; answers whether it is new.
    async fn require_code(
        &self,
        tx: &Transaction<'_>,
        channel: ChannelId,
        before: Option<&Config>,
        after: &Config,
    ) -> Result<bool, StoreError> {
        let is_new = self.whose != Whose::Organisation
            && number_code::is_new(before.and_then(Config::phone), after.phone());
        if is_new {
            channel_confirmations::require(tx, self.scope(), channel).await?;
        }
        Ok(is_new)
    }

    /// What the change of a channel's addresses means for the organisation's recipients.
    async fn recipients_change(
        &self,
        tx: &Transaction<'_>,
        channel: Option<ChannelId>,
        before: &[String],
        after: &[String],
    ) -> Result<Change, Problem> {
        if before == after {
            return Ok(Change::default());
        }
        let scope = self.scope();
        scope.take_turn(tx).await?;
        Ok(recipients::change_by(tx, &self.app.keyring, scope, channel, before, after).await?)
    }

    /// Has those asked that are new. Who adds the own address to a channel of the own has given the answer by that, where
    /// it is known to be theirs.
    async fn apply_to_recipients(
        &self,
        tx: &Transaction<'_>,
        mut change: Change,
        before: &[String],
        after: &[String],
    ) -> Result<(), Problem> {
        let answered = self.own_address(tx, before, after).await?;
        let answered = answered.map(|own| RecipientLink::without_end(self.scope().org(), &own));
        if let Some(link) = &answered {
            change.added.retain(|id| *id != link.recipient());
        }
        recipients::apply(tx, self.scope(), &change, self.app.verify_recipients).await?;
        if let Some(link) = &answered {
            recipients::answer(tx, link, EmailRecipientState::Confirmed).await?;
        }
        Ok(())
    }

    /// The caller's own address, if it is verified and added to a channel of the caller's own.
    async fn own_address(
        &self,
        client: &impl GenericClient,
        before: &[String],
        after: &[String],
    ) -> Result<Option<String>, StoreError> {
        if self.whose == Whose::Organisation || after.is_empty() {
            return Ok(None);
        }
        let Some(own) = self.verified_address(client).await? else {
            return Ok(None);
        };
        let added = after.iter().filter(|address| !before.contains(address));
        let mut own = added.filter(|address| EmailAddress::normal_of(address) == own);
        Ok(own.next().cloned())
    }

    /// The address of the caller's account in its normal form, if it is verified.
    async fn verified_address(&self, client: &impl GenericClient) -> Result<Option<String>, StoreError> {
        let user = self.caller.user_id();
        if !users::is_verified(client, user).await? {
            return Ok(None);
        }
        let own = users::email(client, user).await?;
        Ok(own.map(|own| EmailAddress::normal_of(&own)))
    }

    /// Notes a change: of an organisation's channel in its audit log; of one's own, which others do not see, in the events
    /// of the account.
    async fn note(
        &self,
        tx: &Transaction<'_>,
        before: Option<&ChannelRow>,
        after: Option<&ChannelRow>,
    ) -> Result<(), StoreError> {
        let Some(row) = after.or(before) else {
            return Ok(());
        };
        if self.whose != Whose::Organisation {
            let details = json!({"name": row.name, "kind": row.kind});
            return account_events::note(tx, self.caller.user_id(), &self.cause, Some(details)).await;
        }
        let resource = Audited::new("channel", row.id);
        let [before, after] = [before, after].map(|row| row.map(|row| audited(self.app, row.clone())));
        match (before, after) {
            (Some(before), Some(after)) => self.author.changed(tx, &resource, &before, &after).await,
            (None, Some(after)) => self.author.created(tx, &resource, &after).await,
            (Some(before), None) => self.author.deleted(tx, &resource, &before).await,
            (None, None) => Ok(()),
        }
    }
}

/// The addresses of an e-mail channel; none of another kind.
fn addresses_of(config: &Config) -> &[String] {
    match config {
        Config::Email(config) => &config.to,
        _ => &[],
    }
}

/// What configurations of channels and destinations depend on.
pub(super) fn policy(app: &App) -> Policy {
    Policy {
        allow_http: app.target_guard.targets() == Targets::Any,
        random: shared::crypto::random(),
    }
}

/// Tells alerters and dashboards of a change that was committed.
pub(super) fn announce(app: &App, scope: Scope, id: ChannelId) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::Channel, id.0);
}
