//! `user-service plan`: an operator shows an organisation's plan, or gives it another.

use std::io::Write;

use clap::Args;
use deadpool_postgres::Pool;
use domain::OrgId;
use serde_json::{Map, Value};

use crate::rules::limits::require_room;
use crate::rules::plan::{self, Plans};
use crate::settings::Settings;
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::plans::{self, Assigned};
use crate::store::{Scope, limits};

/// The plan of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Plan {
    /// The organisation's id
    #[arg(value_name = "ORGANISATION")]
    pub organisation: i64,
    /// Gives it this plan of PLANS
    #[arg(long, value_name = "PLAN", conflicts_with = "default")]
    pub set: Option<String>,
    /// Has it have PLAN_DEFAULT, whatever that is
    #[arg(long)]
    pub default: bool,
    /// Gives it a limit of its own, as monitors=500 or channels=null, beside those that it has; several times for several
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit)]
    pub limit: Vec<(String, Value)>,
    /// Takes back the limits of its own that it had
    #[arg(long)]
    pub clear_limits: bool,
}

fn limit(text: &str) -> Result<(String, Value), String> {
    let (name, number) = text
        .split_once('=')
        .ok_or("must be a name and a number, as monitors=500")?;
    let number = serde_json::from_str(number)
        .map_err(|_| "must end in a number, or in null for no limit".to_owned())?;
    Ok((name.to_owned(), number))
}

/// Why an organisation's plan was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Settings(#[from] shared::postgres::ConnectError),
    /// PostgreSQL cannot be reached.
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// PostgreSQL refuses, or there is no such organisation.
    #[error("{0}")]
    Store(String),
    /// There is no such plan or limit.
    #[error("{0}")]
    Invalid(String),
    /// The report cannot be written.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

impl From<StoreError> for PlanError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<tokio_postgres::Error> for PlanError {
    fn from(error: tokio_postgres::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl Plan {
    /// Gives the organisation what was said, if anything was, and reports to `out` what it has.
    ///
    /// # Errors
    /// See [`PlanError`]. Nothing is changed then.
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), PlanError> {
        let pool: Pool = shared::postgres::pool(&settings.postgres)?;
        let scope = Scope::organisation(OrgId(self.organisation));
        let mut client = pool.get().await?;
        let tx = client.transaction().await?;
        let (name, before) = plans::lock(&tx, scope).await?;
        let after = self.apply(&before, &settings.plans)?;
        if after != before {
            plans::assign(&tx, scope, &after, &settings.plans).await?;
            let author = Author {
                by: By::System("operator"),
                scope,
                action: "AssignPlan",
                address: None,
                request_id: None,
            };
            let organisation = Resource::new("organisation", self.organisation);
            author.changed(&tx, &organisation, &before, &after).await?;
        }
        let effective = limits::effective(&tx, scope, &settings.plans).await?;
        let items = limits::usage(&tx, scope, &effective).await?;
        tx.commit().await?;
        let shown =
            |limit: Option<u32>| limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string());
        writeln!(
            out,
            "organisation {} ({name}): plan {}",
            self.organisation, effective.plan
        )?;
        if let Some(wrong) = &effective.wrong {
            writeln!(out, "  {wrong}")?;
        }
        for item in items {
            let over = match require_room(item.key, item.limit, item.used, 0, None) {
                Ok(()) => "",
                Err(_) => ", stays, but nothing can be added",
            };
            writeln!(
                out,
                "  {}: {} of {}{over}",
                item.key.as_str(),
                item.used,
                shown(item.limit)
            )?;
        }
        let limits = &effective.limits;
        writeln!(out, "  min_interval_seconds: {}", limits.min_interval_seconds)?;
        writeln!(out, "  raw_retention_days: {}", shown(limits.raw_retention_days))?;
        Ok(())
    }

    /// What is to be stored of the organisation.
    fn apply(&self, before: &Assigned, plans: &Plans) -> Result<Assigned, PlanError> {
        let plan = match (&self.set, self.default) {
            (Some(name), _) => Some(name.clone()),
            (None, true) => None,
            (None, false) => before.plan.clone(),
        };
        if let Some(name) = &self.set
            && !plans.names().any(|known| known == name)
        {
            let names: Vec<&str> = plans.names().collect();
            return Err(PlanError::Invalid(format!(
                "there is no plan {name}; there are {}",
                names.join(", ")
            )));
        }
        let mut limits = match (&before.limits, self.clear_limits) {
            (Some(Value::Object(limits)), false) => limits.clone(),
            _ => Map::new(),
        };
        limits.extend(self.limit.iter().cloned());
        let base = plans.effective(plan.as_deref(), None).limits;
        let limits = (!limits.is_empty()).then_some(Value::Object(limits));
        plan::overridden(base, limits.as_ref()).map_err(PlanError::Invalid)?;
        Ok(Assigned { plan, limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_is_applied_and_the_rest_stays() {
        let plans = Plans::parse(r#"{"free": {}, "team": {}}"#, 100).unwrap();
        let plans = Plans::new(plans, "free".to_owned()).unwrap();
        let nothing = Plan {
            organisation: 1,
            set: None,
            default: false,
            limit: Vec::new(),
            clear_limits: false,
        };
        let before = Assigned {
            plan: Some("gone".to_owned()),
            limits: Some(json!({"monitors": 7})),
        };
        assert_eq!(nothing.apply(&before, &plans).unwrap(), before);
        let team = Plan {
            set: Some("team".to_owned()),
            limit: vec![limit("channels=3").unwrap()],
            ..nothing.clone()
        };
        let after = team.apply(&before, &plans).unwrap();
        assert_eq!(after.plan.as_deref(), Some("team"));
        assert_eq!(after.limits, Some(json!({"monitors": 7, "channels": 3})));
        let cleared = Plan {
            default: true,
            clear_limits: true,
            ..nothing.clone()
        };
        let after = cleared.apply(&after, &plans).unwrap();
        assert_eq!((after.plan, after.limits), (None, None));
        for wrong in [
            Plan {
                set: Some("pro".to_owned()),
                ..nothing.clone()
            },
            Plan {
                limit: vec![limit("monitor=3").unwrap()],
                ..nothing
            },
        ] {
            let error = wrong.apply(&before, &plans).unwrap_err().to_string();
            assert!(error.contains("there are"), "{error}");
        }
        assert!(limit("monitors").is_err() && limit("monitors=many").is_err());
    }
}
