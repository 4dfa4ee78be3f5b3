//! The history, single reports, and the line in a frame.

use domain::StatusReportId;
use pages::html;

use crate::dom::Dom;
use crate::samples::{empty, fine, outage, view};

#[test]
fn the_history_goes_by_months() {
    let mut document = outage();
    document.reports[1].started_at = "2026-10-31T23:30:00Z".parse().unwrap();
    document.reports.push(document.reports[1].clone());
    document.reports[2].started_at = "2026-10-31T22:30:00Z".parse().unwrap();
    let dom = Dom::parse(&html::history(&view(&document)));
    let months: Vec<String> = dom.all("h2").iter().map(|heading| heading.text()).collect();
    assert_eq!(months, ["November 2026", "October 2026"], "by the page's clock");
    let text = dom.text();
    assert!(text.contains("Replacement of switches Under way"), "{text}");
    assert!(!text.contains("New database"), "what is planned is no history");
    assert!(
        Dom::parse(&html::history(&view(&empty())))
            .text()
            .contains("There are no reports yet.")
    );
}

#[test]
fn a_report_has_a_page_of_its_own() {
    let mut document = outage();
    document.reports[1].postmortem = Some("# Cause\n\nA *queue*.".to_owned());
    assert_eq!(html::report(&view(&document), StatusReportId(99)), None);
    let open = html::report(&view(&document), StatusReportId(12)).unwrap();
    let dom = Dom::parse(&open);
    assert_eq!(dom.all("h1")[0].text(), "Payments fail");
    assert!(open.contains(r#"id="update-12000""#), "feeds link to updates");
    assert!(open.contains(r#"<link rel="canonical" href="https://status.example.org/acme/reports/12">"#));
    assert!(!dom.text().contains("Postmortem"));
    let closed = Dom::parse(&html::report(&view(&document), StatusReportId(11)).unwrap());
    assert!(
        closed
            .text()
            .contains("Postmortem Cause A queue . Updates Resolved"),
        "{}",
        closed.text()
    );
}

#[test]
fn a_frame_has_one_line() {
    let mut document = outage();
    document.url = "https://status.example.net".to_owned();
    let html = html::embed(&view(&document));
    let dom = Dom::parse(&html);
    let links = dom.all("a");
    assert_eq!(links.len(), 1);
    assert_eq!(
        links[0].attribute("href").as_deref(),
        Some("https://status.example.net")
    );
    assert_eq!(links[0].text(), "Major outage");
    assert!(html.len() < 3_500, "{}", html.len());
    assert!(
        !html.contains("{color-scheme:"),
        "a frame of another scheme than the page around it is filled with a colour"
    );
}

#[test]
fn the_line_can_be_pasted_into_another_page() {
    let mut document = fine();
    document.title = "A \"b\" <c>".to_owned();
    let dom = Dom::parse(&html::feeds(&view(&document), Some("pass")));
    let codes: Vec<String> = dom.all("code").iter().map(|code| code.text()).collect();
    let code = codes.iter().find(|code| code.starts_with("<iframe")).unwrap();
    let pasted = Dom::parse(&format!("<!doctype html><title>x</title>{code}"));
    let frame = &pasted.all("iframe")[0];
    assert_eq!(
        frame.attribute("src").as_deref(),
        Some("https://status.example.org/acme/embed?pass=pass")
    );
    assert_eq!(frame.attribute("title").as_deref(), Some("A \"b\" <c>"));
}

#[test]
fn addresses_follow_the_page() {
    let mut document = fine();
    for (url, home, history) in [
        ("https://status.example.org/acme", "/acme", "/acme/history"),
        ("https://status.example.net", "/", "/history"),
        ("http://localhost:8085/acme", "/acme", "/acme/history"),
    ] {
        document.url = url.to_owned();
        let html = html::history(&view(&document));
        assert!(html.contains(&format!(r#"<a href="{home}">"#)), "{url}");
        assert!(html.contains(&format!(r#"<a href="{history}">"#)), "{url}");
    }
}
