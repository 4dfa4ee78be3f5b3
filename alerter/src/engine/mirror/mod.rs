//! What of user-service's knowledge is kept in `alert-state`, so that alerts go out after a restart while it
//! is away. The channels' configurations are sealed as user-service has sealed them.

mod names;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use domain::OrgId;
use domain::internal::OrgAlerting;

use crate::directory::{Channels, read_alerting};
use crate::state_log::{Write, channels_key};
pub(super) use names::NameMirror;

/// Organisations whose channels are kept for one partition. A record's word is enough to ask for them, so there
/// is an end to it.
const MAX_ORGS: usize = 50_000;

/// The channels of the organisations whose monitors are in one partition.
#[derive(Debug, Default)]
pub(super) struct SettingsMirror {
    orgs: HashMap<OrgId, Option<Arc<OrgAlerting>>>,
    changed: Vec<OrgId>,
    /// What was written of them is to be removed.
    forgotten: Vec<OrgId>,
}

impl SettingsMirror {
    /// Makes sure that the channels of an organisation are there when they are needed. That they are here says
    /// nothing about whose a monitor is.
    pub(super) fn track(&mut self, org: OrgId, channels: &Channels) {
        if self.orgs.len() >= MAX_ORGS {
            return;
        }
        if let Entry::Vacant(unknown) = self.orgs.entry(org) {
            unknown.insert(None);
            channels.prefetch(org);
            self.changed.push(org);
        }
    }

    /// Takes what was written before.
    pub(super) fn restore(&mut self, org: OrgId, value: &[u8], channels: &Channels) {
        match read_alerting(value) {
            Ok(page) => {
                channels.remember(org, page.clone());
                self.orgs.insert(org, Some(Arc::new(page)));
            }
            Err(error) => {
                tracing::error!(org_id = org.0, %error, "its channels in alert-state cannot be read")
            }
        }
    }

    /// Says that the channels of an organisation may have changed.
    pub(super) fn refresh(&mut self, org: OrgId) {
        if self.orgs.contains_key(&org) {
            self.changed.push(org);
        }
    }

    /// Forgets the organisations that are not in use.
    pub(super) fn keep(&mut self, in_use: impl Fn(OrgId) -> bool) {
        let forgotten = &mut self.forgotten;
        self.orgs.retain(|&org, written| {
            let stays = in_use(org);
            if !stays && written.is_some() {
                forgotten.push(org);
            }
            stays
        });
    }

    /// The organisations whose monitors are here.
    pub(super) fn orgs(&self) -> impl Iterator<Item = OrgId> {
        self.orgs.keys().copied()
    }

    /// What differs from what was written last.
    pub(super) fn writes(&mut self, partition: i32, channels: &Channels) -> Vec<Write> {
        let orgs = &self.orgs;
        let mut writes: Vec<_> = self
            .forgotten
            .drain(..)
            .filter(|org| !orgs.contains_key(org))
            .map(|org| Write::State {
                partition,
                key: channels_key(org),
                value: None,
            })
            .collect();
        for org in self.changed.drain(..) {
            let (Some(latest), Some(written)) = (channels.last_known(org), self.orgs.get_mut(&org)) else {
                continue;
            };
            if written.as_deref() == Some(&*latest) {
                continue;
            }
            let value = serde_json::to_vec(&*latest).ok();
            *written = Some(latest);
            writes.push(Write::State {
                partition,
                key: channels_key(org),
                value,
            });
        }
        writes
    }
}
