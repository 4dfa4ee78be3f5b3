//! The files of a report, with names as somebody writes them who means harm.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use api::{SlaFileFormat, SlaReportContent};
use lopdf::{Document, Object};
use serde_json::{Value, json};

const EVIL: &str = "=HYPERLINK(\"http://evil.example\",\"x\")<script>alert(1)</script>";

fn figures(percent: Option<&str>, down_ms: i64) -> Value {
    json!({"ratio": percent.map(|_| 0.998), "percent": percent, "up_ms": 2_592_000_000i64 - down_ms, "degraded_ms": 0,
           "down_ms": down_ms, "length_ms": 2_678_400_000i64, "coverage": 0.967, "incidents": 1})
}

fn result(down_ms: i64) -> Value {
    json!({
        "all_time": figures(Some("99.812"), down_ms + 60_000), "without_maintenance": figures(Some("99.899"), down_ms),
        "met": down_ms <= 2_592_000, "budget": {"allowed_ms": 2_592_000, "used_ms": down_ms, "left_ms": 2_592_000 - down_ms},
        "mtta": {"mean_ms": 65_000, "incidents": 1}, "mttr": {"mean_ms": null, "incidents": 0},
        "latency": {"p50_ms": 81.4, "p95_ms": 240.0, "p99_ms": 511.9}
    })
}

fn monitor(id: i64, name: &str, incidents: usize) -> Value {
    let mut monitor = result(2_604_500);
    let incident = json!({
        "id": uuid(id), "started_at": "2026-10-25T00:30:00.000Z", "ended_at": "2026-10-25T01:30:00.000Z",
        "duration_ms": 3_600_000, "ended_by": "recovered", "cause": "connect_timeout", "within_maintenance": false,
        "acknowledged_at": "2026-10-25T00:31:05.000Z", "acknowledged_by": "Eve Secret"
    });
    let more = json!({"id": id, "name": name, "from": "2026-09-30T22:00:00.000Z", "to": "2026-10-31T23:00:00.000Z",
                      "incidents": vec![incident; incidents], "incidents_left_out": 0});
    monitor
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    monitor
}

fn uuid(id: i64) -> String {
    format!("00000000-0000-4000-8000-{id:012}")
}

fn report(names: &[&str], incidents: usize) -> SlaReportContent {
    let mut total = result(2_604_500);
    let more = json!({"monitors_met": 0, "monitors_missed": names.len(), "monitors_unmeasured": 0});
    total
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let monitors: Vec<Value> = (1..)
        .zip(names)
        .map(|(id, name)| monitor(id, name, incidents))
        .collect();
    serde_json::from_value(json!({
        "name": "Shop <b>& sons</b>", "organisation": "+Ada \"GmbH\"", "preliminary": true,
        "period": {"kind": "month", "label": "October 2026", "time_zone": "Europe/Berlin",
                   "from": "2026-09-30T22:00:00.000Z", "to": "2026-10-31T23:00:00.000Z"},
        "computed_at": "2026-10-31T12:00:00.000Z", "selection": {"tag": "shop"}, "target": 99.9,
        "exclude_maintenance": true, "total": total, "monitors": monitors,
        "method": {"version": 1, "statements": ["Uptime is a ratio over time."], "url": "https://docs.example/SLA.md"}
    }))
    .unwrap()
}

#[test]
fn a_page_stands_alone_and_what_others_write_is_only_text() {
    let page = sla_files::html(&report(&[EVIL, "Grüße 👋"], 1)).unwrap();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(
        page.contains("<title>Shop &#60;b&#62;&#38; sons&#60;/b&#62;</title>"),
        "{page}"
    );
    // It fetches nothing.
    assert!(
        !page.contains("src=") && !page.contains("href=") && !page.contains("url("),
        "{page}"
    );
    for text in [
        "Preliminary: the figures are as of 31 October 2026, 13:00",
        "1 October 2026, 00:00 to 1 November 2026, 00:00 (Europe/Berlin)",
        "99.899 %",
        "Missed",
        "43 min 12 s allowed, 43 min 24 s used, −12.5 s left",
        "2026-10-25 02:30:00 +02:00",
        "2026-10-25 02:30:00 +01:00",
        "Grüße 👋",
        "Method, version 1",
        "<caption>All monitors together</caption>",
        "<th scope=\"row\">All monitors</th>",
    ] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    assert!(!page.contains("Eve"), "people are not named outside");
    // As many cells as columns, and each table has its parts.
    for tag in ["table", "thead", "tbody", "tr", "main"] {
        let (opened, closed) = (
            page.matches(&format!("<{tag}>")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(opened, closed, "{tag}");
    }
    assert_eq!(page.matches("<tfoot>").count(), 3);
}

#[test]
fn a_table_holds_the_numbers_and_no_formula() {
    let names = [EVIL, "+1", "-1", "@sum", "\tx", "\rx", "a,b\n\"c\"", "plain"];
    let bytes = sla_files::csv(&report(&names, 1)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("\u{feff}report,organisation,"), "{text}");
    assert!(text.ends_with("\r\n"));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), names.len() + 1);
    for (row, name) in rows.iter().zip(names) {
        let guarded = format!("'{name}");
        let expected = if ["a,b\n\"c\"", "plain"].contains(&name) {
            name
        } else {
            &guarded
        };
        assert_eq!(&row[column("monitor")], expected);
    }
    assert_eq!(&rows[0][column("organisation")], "'+Ada \"GmbH\"");
    assert_eq!(
        &rows[0][column("budget_left_ms")],
        "-12500",
        "a number is no formula"
    );
    assert_eq!(&rows[0][column("without_maintenance_percent")], "99.899");
    assert_eq!(&rows[0][column("mttr_ms")], "");
    assert_eq!(&rows[names.len()][column("monitor")], "All monitors");
    assert!(!text.contains("Eve"), "people are not named outside");
}

/// The text of all pages, without white space.
fn text_of(pdf: &Document) -> String {
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    let text = pdf.extract_text(&pages).unwrap();
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn resolved<'a>(pdf: &'a Document, object: &'a Object) -> &'a Object {
    pdf.dereference(object).unwrap().1
}

/// How often each tag is in the structure.
fn tags(pdf: &Document, element: &Object, found: &mut std::collections::BTreeMap<String, usize>) {
    let element = resolved(pdf, element);
    if let Ok(kids) = element.as_array() {
        kids.iter().for_each(|kid| tags(pdf, kid, found));
        return;
    }
    let Ok(element) = element.as_dict() else { return };
    if let Ok(tag) = element.get(b"S").and_then(Object::as_name) {
        *found
            .entry(String::from_utf8_lossy(tag).into_owned())
            .or_default() += 1;
    }
    if let Ok(kids) = element.get(b"K") {
        tags(pdf, kids, found);
    }
}

#[test]
fn a_pdf_is_tagged_and_has_a_title_a_language_and_the_numbers() {
    let bytes = sla_files::pdf(&report(&[EVIL, "Grüße"], 1)).unwrap();
    let pdf = Document::load_mem(&bytes).unwrap();
    let catalog = pdf.catalog().unwrap();
    let marked = resolved(&pdf, catalog.get(b"MarkInfo").unwrap())
        .as_dict()
        .unwrap();
    assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
    let preferences = resolved(&pdf, catalog.get(b"ViewerPreferences").unwrap());
    let shows_title = preferences.as_dict().unwrap().get(b"DisplayDocTitle").unwrap();
    assert!(shows_title.as_bool().unwrap());
    assert!(catalog.get(b"Outlines").is_ok());
    let metadata = resolved(&pdf, catalog.get(b"Metadata").unwrap())
        .as_stream()
        .unwrap();
    let metadata = String::from_utf8_lossy(&metadata.content).into_owned();
    assert!(
        metadata.contains("pdfuaid:part") && metadata.contains("Shop &lt;b&gt;"),
        "{metadata}"
    );

    let root = resolved(&pdf, catalog.get(b"StructTreeRoot").unwrap())
        .as_dict()
        .unwrap();
    let mut found = std::collections::BTreeMap::new();
    tags(&pdf, root.get(b"K").unwrap(), &mut found);
    assert_eq!(
        (found["Table"], found["THead"], found["Caption"]),
        (5, 5, 5),
        "{found:?}"
    );
    assert_eq!(
        (found["H1"], found["H2"], found["L"], found["LI"]),
        (1, 3, 1, 1),
        "{found:?}"
    );
    // All rows have as many cells as their tables have columns.
    assert_eq!(found["TR"], 5 + 13 + 3 * 3 + 2, "{found:?}");
    assert_eq!(
        found["TH"] + found["TD"],
        14 * 2 + 4 * (7 + 6 + 7) + 3 * 6,
        "{found:?}"
    );

    let text = text_of(&pdf);
    for expected in [
        "Shop<b>&sons</b>",
        "October2026",
        "99.899%",
        "Missed",
        "−12.5s",
        "Grüße",
        "Page1of",
        "<script>",
        "+01:00",
    ] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    assert!(!text.contains("Eve"), "people are not named outside");
}

#[test]
fn what_no_font_has_does_not_keep_a_pdf_from_being_made() {
    let names = [
        "配送サービス",
        "👋🏽",
        "שלום",
        "مرحبا بالعالم",
        "e\u{301}\u{327}",
        "\u{feff}\u{202e}x",
        "ﷺ",
        "",
        "x".repeat(500).leak(),
    ];
    let bytes = sla_files::pdf(&report(&names, 2)).unwrap();
    let text = text_of(&Document::load_mem(&bytes).unwrap());
    assert!(text.contains('\u{fffd}'), "{text}");
    assert!(text.contains("99.899%"), "{text}");
}

#[test]
fn a_large_report_goes_over_many_pages_with_the_names_of_columns_on_each() {
    let names: Vec<String> = (0..200).map(|n| format!("Monitor number {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = sla_files::pdf(&report(&names, 5)).unwrap();
    let pdf = Document::load_mem(&bytes).unwrap();
    let pages = pdf.get_pages().len();
    assert!(pages > 20, "{pages}");
    let text = text_of(&pdf);
    assert!(text.contains(&format!("Page{pages}of{pages}")));
    assert!(text.contains("Monitornumber199"));
    assert!(
        text.matches("Acknowledged").count() > 10,
        "the table of incidents has its head on each page"
    );
}

#[test]
fn a_file_has_a_plain_name() {
    let mut content = report(&["x"], 0);
    assert_eq!(
        sla_files::file_name(&content, SlaFileFormat::Pdf),
        "sla-report-shop-b-sons-b.pdf"
    );
    content.name = "../../etc/passwd\r\nX: \"".to_owned();
    assert_eq!(
        sla_files::file_name(&content, SlaFileFormat::Csv),
        "sla-report-etc-passwd-x.csv"
    );
    content.name = "配送".to_owned();
    assert_eq!(
        sla_files::file_name(&content, SlaFileFormat::Html),
        "sla-report.html"
    );
}
