//! The regions from which a deployment checks.

use crate::field_error::FieldError;
use crate::quorum::{Quorum, is_region_name};
use crate::record::DEFAULT_REGION;

/// The regions of a deployment. The first one is home: it checks every monitor that names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions {
    /// At least one, each once, home first.
    names: Vec<String>,
}

impl Regions {
    /// The most regions of a deployment: one monitor may be checked from all of them.
    pub const MAX: usize = Quorum::MAX_REGIONS;

    /// Reads names that are separated by commas, as in `eu,us,ap`.
    ///
    /// # Errors
    /// What is wrong, as a sentence that continues the name of the setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut names: Vec<String> = Vec::new();
        for name in text.split(',').map(str::trim) {
            if !is_region_name(name) {
                return Err(format!(
                    "must be names of 1 to {} lower-case letters, digits and -, separated by commas; {name:?} is none",
                    Quorum::MAX_NAME_BYTES
                ));
            }
            if names.iter().any(|known| known == name) {
                return Err(format!("must have each region once; {name} is there twice"));
            }
            names.push(name.to_owned());
        }
        if names.len() > Self::MAX {
            return Err(format!("must have at most {} regions", Self::MAX));
        }
        Ok(Self { names })
    }

    /// The region that checks every monitor that names none.
    pub fn home(&self) -> &str {
        self.names.first().map_or(DEFAULT_REGION, String::as_str)
    }

    /// All regions, home first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a region is one of them.
    pub fn contains(&self, region: &str) -> bool {
        self.names.iter().any(|name| name == region)
    }

    /// Whether there is one region only.
    pub fn is_single(&self) -> bool {
        self.names.len() == 1
    }

    /// The errors of a monitor's `regions` that are none of these.
    #[must_use]
    pub fn unknown(&self, named: &[String]) -> Vec<FieldError> {
        let unknown = named.iter().enumerate().filter(|(_, name)| !self.contains(name));
        unknown
            .map(|(place, _)| {
                let known = self.names.join(", ");
                FieldError::new(
                    format!("regions.{place}"),
                    format!("must be one of the regions that there are: {known}"),
                )
            })
            .collect()
    }
}

impl Default for Regions {
    fn default() -> Self {
        Self {
            names: vec![DEFAULT_REGION.to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_region_is_home() {
        let regions = Regions::parse("us, eu,ap").unwrap();
        assert_eq!(regions.home(), "us");
        assert_eq!(regions.names(), ["us", "eu", "ap"]);
        assert!(regions.contains("ap") && !regions.contains("af") && !regions.is_single());
        let one = Regions::parse("eu").unwrap();
        assert!(one.is_single() && one.home() == "eu");
        assert_eq!(Regions::parse(DEFAULT_REGION).unwrap(), Regions::default());
    }

    #[test]
    fn what_are_no_regions_is_said() {
        for (text, wrong) in [
            ("", "\"\" is none"),
            ("eu,", "\"\" is none"),
            ("eu;us", "\"eu;us\" is none"),
            ("EU", "\"EU\" is none"),
            ("eu,us,eu", "eu is there twice"),
        ] {
            let error = Regions::parse(text).unwrap_err();
            assert!(error.contains(wrong), "{text}: {error}");
        }
        let many = |count: usize| {
            let names: Vec<_> = (0..count).map(|index| format!("r{index}")).collect();
            Regions::parse(&names.join(","))
        };
        assert!(many(16).is_ok());
        assert_eq!(many(17).unwrap_err(), "must have at most 16 regions");
    }

    #[test]
    fn a_region_that_there_is_not_is_named_by_its_place() {
        let regions = Regions::parse("eu,us").unwrap();
        let named = ["us", "ap", "eu", "af"].map(str::to_owned);
        let errors = regions.unknown(&named);
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["regions.1", "regions.3"]);
        assert_eq!(
            errors[0].message,
            "must be one of the regions that there are: eu, us"
        );
        assert!(regions.unknown(&[]).is_empty());
    }
}
