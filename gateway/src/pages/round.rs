//! A round of all public pages, every minute: so that the last document of each is kept in a file, whether anybody looks at
//! it or not, and a copy of it is exported.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use shared::shutdown::CancellationToken;
use tokio::time::{MissedTickBehavior, interval};

use super::export::Export;
use super::guard::is_public;
use super::reading::Reading;
use super::route::is_slug;
use crate::Edge;

const EVERY: Duration = Duration::from_secs(60);

/// Makes rounds until `stopping`, where anything is kept or exported.
pub(crate) async fn make(edge: Arc<Edge>, stopping: CancellationToken) {
    let Some(pages) = &edge.pages else { return };
    if !pages.source.store.keeps() && pages.export_dir.is_none() {
        return;
    }
    let export = pages.export_dir.clone().map(Export::new);
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let round = async {
            every.tick().await;
            round(&edge, export.as_ref()).await;
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = round => {}
        }
    }
}

async fn round(edge: &Edge, export: Option<&Export>) {
    let Some(pages) = &edge.pages else { return };
    let store = Arc::clone(&pages.source.store);
    let kept = tokio::task::spawn_blocking(move || {
        store.sweep();
        store.slugs()
    });
    let mut slugs: BTreeSet<String> = pages.source.public_slugs().await.into_iter().collect();
    slugs.extend(kept.await.unwrap_or_default());
    if let Some(export) = export {
        slugs.extend(export.slugs().await);
    }
    for slug in slugs.iter().filter(|slug| is_slug(slug)) {
        // What it is read from keeps it, or drops it.
        let reading = pages.documents.get(&slug.as_str().into()).await;
        let Some(export) = export else { continue };
        match reading {
            Reading::Page(known) if is_public(&known.document) => {
                // What is kept was exported when it was new.
                if !known.is_kept {
                    export.write(&pages.source, known).await;
                }
            }
            Reading::Page(_) | Reading::Nothing => export.remove(slug).await,
            Reading::NotKnown => {}
        }
    }
}
