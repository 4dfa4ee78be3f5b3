//! Badges.

use domain::ComponentId;
use domain::status_page::Locale;
use pages::badge;
use serde_json::json;

use crate::samples::{outage, view};

#[test]
fn a_badge_is_of_a_component_or_of_the_page() {
    let mut document = outage();
    let page = badge::svg(&view(&document), None).unwrap();
    assert!(
        page.contains(r#"aria-label="Acme Cloud: Major outage""#),
        "{page}"
    );
    assert!(page.contains("#c62828"));
    let component = badge::svg(&view(&document), Some(ComponentId(2))).unwrap();
    assert!(
        component.contains("<title>Website: Partial outage</title>"),
        "{component}"
    );
    assert_eq!(badge::svg(&view(&document), Some(ComponentId(99))), None);
    assert_eq!(
        badge::shields(&view(&document), Some(ComponentId(1))),
        Some(json!({
            "schemaVersion": 1, "label": "API", "message": "Under maintenance", "color": "informational"
        }))
    );
    document.locale = Locale::De;
    assert_eq!(
        badge::shields(&view(&document), None).unwrap()["message"],
        "Ausgefallen"
    );
    assert_eq!(badge::shields(&view(&document), Some(ComponentId(99))), None);
}

#[test]
fn a_long_name_is_shortened() {
    let mut document = outage();
    document.title = "Donaudampfschifffahrtsgesellschaftskapitän und Söhne".to_owned();
    let shields = badge::shields(&view(&document), None).unwrap();
    assert_eq!(shields["label"].as_str().unwrap().chars().count(), 40);
}
