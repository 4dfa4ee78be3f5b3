//! The setting that every service has which needs to know of regions.

use domain::Regions;
use domain::record::DEFAULT_REGION;

use crate::settings::Reader;

/// Reads `REGIONS`: from where is checked, the home region first.
pub fn read_regions(env: &mut Reader) -> Regions {
    let meaning = "the names of the regions from which is checked, the home region first, as in eu,us,ap; the same for \
                   every service";
    // What is wrong is said by the reader, and nothing starts.
    env.parsed("REGIONS", DEFAULT_REGION, meaning, Regions::parse)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_setting_there_is_one_region() {
        for values in [vec![], vec![("REGIONS", " ")], vec![("REGIONS", DEFAULT_REGION)]] {
            let mut env = Reader::from_values(values);
            assert_eq!(read_regions(&mut env), Regions::default());
            assert!(env.finish().is_ok());
        }
        let mut env = Reader::from_values([("REGIONS", "eu,us")]);
        assert_eq!(read_regions(&mut env).names(), ["eu", "us"]);
        let mut env = Reader::from_values([("REGIONS", "eu,EU")]);
        read_regions(&mut env);
        let error = env.finish().unwrap_err().to_string();
        assert!(error.contains("REGIONS: must be names of 1 to 32"), "{error}");
    }
}
