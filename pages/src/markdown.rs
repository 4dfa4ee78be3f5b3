//! What people write as Markdown (CommonMark), as HTML that can do no harm, and as plain text.

use std::fmt::Write as _;

use askama::filters::{Escaper, Html};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::address::is_safe_link;
use crate::text;

/// How much of a text is read, in characters: as much as the API takes.
const MAX_SOURCE: usize = 20_000;
/// How deep quotations, lists and emphasis may lie in each other; what is deeper is shown without them.
const MAX_DEPTH: usize = 12;
/// About how much is written, in bytes.
const MAX_OUTPUT: usize = 200_000;
/// What an event adds at most beside its text: a link with its attributes.
const MARKUP: usize = 80;

/// What was made of the beginning of an element, so that its end is made the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Kept,
    Link,
    Heading,
    Left,
}

/// The text as HTML: no HTML of its writer's, no images, links to the web and to mail only, headings as paragraphs (the page
/// has headings of its own).
pub fn html(source: &str) -> String {
    let source = text::block(source, MAX_SOURCE);
    let mut out = String::with_capacity(source.len() * 2);
    html::push_html(&mut out, tamed(&source).into_iter());
    out
}

fn tamed(source: &str) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    let mut begun: Vec<Begun> = Vec::new();
    let mut depth = 0;
    let mut room = MAX_OUTPUT;
    for event in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH) {
        let cost = MARKUP + length(&event);
        let is_full = cost > room;
        match event {
            Event::Start(tag) => {
                let what = match is_full || depth >= MAX_DEPTH {
                    true => Begun::Left,
                    false => begin(tag, &mut events),
                };
                depth += usize::from(what != Begun::Left);
                begun.push(what);
            }
            Event::End(tag) => {
                let what = begun.pop().unwrap_or(Begun::Left);
                depth -= usize::from(what != Begun::Left);
                end(tag, what, &mut events);
            }
            Event::Html(_) | Event::InlineHtml(_) => continue,
            _ if is_full => continue,
            event => events.push(event),
        }
        room = room.saturating_sub(cost);
    }
    events
}

/// At most how many bytes an event's own text takes when it is escaped.
fn length(event: &Event<'_>) -> usize {
    match event {
        Event::Text(text) | Event::Code(text) => text.len().saturating_mul(6),
        Event::Start(Tag::Link { dest_url, .. }) => dest_url.len().saturating_mul(6),
        _ => 0,
    }
}

fn begin<'a>(tag: Tag<'a>, events: &mut Vec<Event<'a>>) -> Begun {
    match tag {
        Tag::Link { dest_url, .. } if is_safe_link(&dest_url) => {
            let mut link = r#"<a rel="nofollow noopener noreferrer" href=""#.to_owned();
            // Writing to a string does not fail.
            let _ = Html.write_escaped_str(&mut link, &dest_url);
            link.push_str("\">");
            events.push(Event::InlineHtml(link.into()));
            Begun::Link
        }
        Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::MetadataBlock(_) => Begun::Left,
        Tag::Heading { .. } => {
            events.extend([Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]);
            Begun::Heading
        }
        Tag::CodeBlock(_) => {
            events.push(Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)));
            Begun::Kept
        }
        tag => {
            events.push(Event::Start(tag));
            Begun::Kept
        }
    }
}

fn end(tag: TagEnd, begun: Begun, events: &mut Vec<Event<'_>>) {
    match begun {
        Begun::Kept => events.push(Event::End(tag)),
        Begun::Link => events.push(Event::InlineHtml(CowStr::Borrowed("</a>"))),
        Begun::Heading => {
            events.extend([Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]);
        }
        Begun::Left => {}
    }
}

/// The text without its markup, as lines; where it links to stands in brackets.
pub fn plain(source: &str) -> String {
    let source = text::block(source, MAX_SOURCE);
    let mut out = String::with_capacity(source.len());
    let mut links = Vec::new();
    for event in Parser::new_ext(&source, Options::ENABLE_STRIKETHROUGH) {
        if out.len() > MAX_OUTPUT {
            break;
        }
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak => out.push(' '),
            Event::HardBreak | Event::Rule => out.push('\n'),
            Event::Start(Tag::Item) => {
                begin_line(&mut out);
                out.push_str("- ");
            }
            Event::Start(Tag::Link { dest_url, .. }) => links.push((out.len(), dest_url)),
            Event::End(TagEnd::Link) => {
                if let Some((at, link)) = links.pop()
                    && is_safe_link(&link)
                    && !out[at..].contains(&*link)
                {
                    let _ = write!(out, " ({link})");
                }
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Item) => {
                begin_line(&mut out);
            }
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn begin_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// The beginning of the text in one line.
pub fn summary(source: &str, max_chars: usize) -> String {
    text::shortened(&plain(source), max_chars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_formatted() {
        assert_eq!(
            html("The **disk** is full.\n\n- `df`\n- [more](https://example.org/?a=1&b=2)"),
            "<p>The <strong>disk</strong> is full.</p>\n<ul>\n<li><code>df</code></li>\n<li>\
             <a rel=\"nofollow noopener noreferrer\" href=\"https://example.org/?a=1&#38;b=2\">more</a></li>\n</ul>\n"
        );
        assert_eq!(html("# Cause\n\nx"), "<p><strong>Cause</strong></p>\n<p>x</p>\n");
        assert_eq!(html("~~no~~ <https://example.org>").matches("<a ").count(), 1);
        assert_eq!(
            html("```js\" onload=x\na<b\n```"),
            "<pre><code>a&lt;b\n</code></pre>\n"
        );
    }

    #[test]
    fn nothing_of_a_writer_becomes_markup() {
        for (source, shown) in [
            ("<script>alert(1)</script>", ""),
            ("a <script>alert(1)</script> b", "<p>a alert(1) b</p>\n"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<!-- x --> y", ""),
            ("[x](javascript:alert(1))", "<p>x</p>\n"),
            ("[x](JaVaScRiPt:alert(1))", "<p>x</p>\n"),
            ("[x](data:text/html;base64,PHN2Zz4=)", "<p>x</p>\n"),
            ("[x](&#106;avascript:alert(1))", "<p>x</p>\n"),
            ("[x](//evil.example)", "<p>x</p>\n"),
            ("[x](/unlock)", "<p>x</p>\n"),
            ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"),
            ("![cat](https://example.org/cat.png)", "<p>cat</p>\n"),
            ("&lt;script&gt;", "<p>&lt;script&gt;</p>\n"),
            ("[x][r]\n\n[r]: vbscript:x", "<p>x</p>\n"),
            ("a\u{0}b\u{202e}c", "<p>abc</p>\n"),
        ] {
            assert_eq!(html(source), shown, "{source}");
        }
        let breakout = html(r#"[x](<https://example.org/"onmouseover="alert(1)>)"#);
        assert!(!breakout.contains(r#""onmouseover"#), "{breakout}");
        let titled = html(r#"[x](https://example.org 'a" onclick="b')"#);
        assert!(!titled.contains("onclick"), "{titled}");
    }

    #[test]
    fn what_is_written_is_bounded() {
        let pathological = [
            ">".repeat(100_000),
            "- ".repeat(50_000),
            "*a ".repeat(30_000),
            "[".repeat(100_000),
            "[a](https://e.org)".repeat(6_000),
            "`".repeat(100_000),
            "&".repeat(100_000),
            "\"".repeat(100_000),
            "<".repeat(100_000),
            "![a](b".repeat(15_000),
            "1.\n".repeat(30_000),
            format!(
                "[a]: https://e.org/{}\n\n{}",
                "x".repeat(9_000),
                "[a] ".repeat(20_000)
            ),
            "😀".repeat(25_000),
        ];
        for source in pathological {
            let (html, start) = (html(&source), &source[..source.floor_char_boundary(20)]);
            assert!(html.len() <= MAX_OUTPUT + 2_000, "{start}: {}", html.len());
            assert!(plain(&source).len() <= 2 * MAX_OUTPUT, "{start}");
            let depth = html
                .matches("<blockquote>")
                .count()
                .max(html.matches("<ul>").count());
            assert!(depth <= MAX_DEPTH, "{start}: {depth}");
        }
    }

    #[test]
    fn plain_text_keeps_the_words() {
        assert_eq!(
            plain("# Cause\n\nThe **disk**\nwas [full](https://example.org).\n\n- a\n- b <b>c</b>"),
            "Cause\nThe disk was full (https://example.org).\n- a\n- b c"
        );
        assert_eq!(plain("<https://example.org>"), "https://example.org");
        assert_eq!(summary("One\n\ntwo three", 8), "One two…");
    }
}
