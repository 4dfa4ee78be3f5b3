//! From where a pinger checks, and which monitors are therefore its region's.

use domain::Regions;
use domain::monitor::{Probe, Spec};
use domain::record::DEFAULT_REGION;
use shared::redis::{Keys, RedisSettings};

/// From where a pinger checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    region: String,
    home: String,
    /// Whether it is also called [`DEFAULT_REGION`], as user-service calls the only region while nobody has said which
    /// regions there are. Monitors that were saved with that name are the home region's, then and later.
    answers_to_default: bool,
}

impl Place {
    /// The place of a pinger in `region`, of a deployment that checks from `regions`.
    ///
    /// # Errors
    /// What is wrong with `region`, as a sentence that continues the name of its setting.
    pub fn of(region: &str, regions: &Regions) -> Result<Self, String> {
        let is_alone = *regions == Regions::default();
        if !is_alone && !regions.contains(region) {
            let known = regions.names().join(", ");
            return Err(format!("must be one of REGIONS ({known}), and not {region:?}"));
        }
        let home = if is_alone { region } else { regions.home() };
        Ok(Self {
            region: region.to_owned(),
            home: home.to_owned(),
            answers_to_default: is_alone || (region == home && !regions.contains(DEFAULT_REGION)),
        })
    }

    /// The name of the region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether it is the region that checks what names none, and that says which heartbeats are overdue.
    pub fn is_home(&self) -> bool {
        self.region == self.home
    }

    /// Whether a monitor is checked from here.
    pub(crate) fn takes(&self, spec: &Spec) -> bool {
        if matches!(spec.probe, Probe::Heartbeat(_)) {
            return self.is_home();
        }
        // Where it is one of several, its votes would be counted under a name that the quorum does not know.
        let names_only_default = matches!(&*spec.regions, [only] if only == DEFAULT_REGION);
        spec.is_checked_from(&self.region, &self.home) || (self.answers_to_default && names_only_default)
    }

    /// The names of keys in Redis for the pingers of this region.
    pub(crate) fn keys(&self, redis: &RedisSettings) -> Keys {
        redis.keys().of_region(&self.region, &self.home)
    }
}

/// Of a deployment that says nothing of regions.
impl Default for Place {
    fn default() -> Self {
        Self {
            region: DEFAULT_REGION.to_owned(),
            home: DEFAULT_REGION.to_owned(),
            answers_to_default: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::monitor::MonitorInput;
    use serde_json::{Value, json};

    use super::*;

    fn spec(input: Value) -> Spec {
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        input.validate().unwrap().1
    }

    /// Of regions that are named.
    fn checked_from(regions: &[&str]) -> Spec {
        spec(json!({"url": "http://a.example/", "regions": regions}))
    }

    #[test]
    fn each_region_takes_what_names_it_and_home_what_names_none() {
        let regions = Regions::parse("eu,us,ap").unwrap();
        let [eu, us, ap] = ["eu", "us", "ap"].map(|name| Place::of(name, &regions).unwrap());
        assert!(eu.is_home() && !us.is_home() && !ap.is_home());
        let heartbeat = spec(json!({"kind": "heartbeat", "url": "heartbeat://job"}));
        for (spec, takers) in [
            (checked_from(&[]), [true, false, false]),
            (checked_from(&["eu"]), [true, false, false]),
            (checked_from(&["us"]), [false, true, false]),
            (checked_from(&["us", "ap"]), [false, true, true]),
            (checked_from(&["eu", "us", "ap"]), [true, true, true]),
            // Saved while nobody had said which regions there are.
            (checked_from(&["default"]), [true, false, false]),
            (checked_from(&["default", "us"]), [false, true, false]),
            (heartbeat, [true, false, false]),
        ] {
            assert_eq!(
                [&eu, &us, &ap].map(|place| place.takes(&spec)),
                takers,
                "{spec:?}"
            );
        }
    }

    #[test]
    fn a_region_that_is_called_default_has_its_monitors_for_itself() {
        let spec = checked_from(&["default"]);
        for (regions, home_takes, other, other_takes) in [
            ("eu,default", false, "default", true),
            ("default,us", true, "us", false),
            ("eu,us", true, "us", false),
        ] {
            let regions = Regions::parse(regions).unwrap();
            let home = Place::of(regions.home(), &regions).unwrap();
            let other = Place::of(other, &regions).unwrap();
            assert_eq!(
                (home.takes(&spec), other.takes(&spec)),
                (home_takes, other_takes),
                "{regions:?}"
            );
        }
    }

    #[test]
    fn who_is_alone_checks_everything_under_any_name() {
        for name in ["default", "eu", "EU-West_1"] {
            let place = Place::of(name, &Regions::default()).unwrap();
            assert_eq!((place.region(), place.is_home()), (name, true));
            for regions in [&[][..], &["default"]] {
                assert!(place.takes(&checked_from(regions)), "{name} {regions:?}");
            }
            assert!(!place.takes(&checked_from(&["ap"])), "{name}");
        }
    }

    #[test]
    fn a_region_that_there_is_not_is_refused() {
        let regions = Regions::parse("eu,us").unwrap();
        let wrong = Place::of("default", &regions).unwrap_err();
        assert_eq!(wrong, "must be one of REGIONS (eu, us), and not \"default\"");
    }

    #[test]
    fn only_home_has_the_keys_that_there_always_were() {
        let redis = RedisSettings::new("redis://127.0.0.1:1", "x:");
        let regions = Regions::parse("eu,us").unwrap();
        let lease =
            |region: &str, regions: &Regions| Place::of(region, regions).unwrap().keys(&redis).lease(5);
        assert_eq!(lease("eu", &regions), "x:lease:5");
        assert_eq!(lease("eu", &Regions::default()), "x:lease:5");
        assert_eq!(lease("us", &regions), "x:lease:us:5");
    }
}
