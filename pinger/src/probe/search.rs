//! A search for a user's text in a text that arrives piece by piece.

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, WINDOWS_1252};
use memchr::memmem;

use super::charset::Charset;

/// A search for a text in a text that arrives piece by piece. It holds little more than it looks for.
///
/// Besides as its encoding says, a text is searched for as UTF-8, unless that could not be told from other characters:
/// what declares a wrong encoding is mostly UTF-8. Where nothing declares one, what is not UTF-8 is read as
/// Windows-1252, as browsers do.
#[derive(Debug)]
pub(super) struct Search<'a> {
    text: &'a str,
    charset: Charset,
    /// The beginning, until the encoding is known.
    head: Option<Vec<u8>>,
    as_bytes: Option<Matcher>,
    decoded: Option<Decoded>,
}

#[derive(Debug)]
struct Decoded {
    decoder: Box<Decoder>,
    /// Finds what is not UTF-8; the text counts only after that.
    utf_8: Option<Box<Decoder>>,
    matcher: Matcher,
    counts: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(text: &'a str, charset: Charset) -> Self {
        let single = |encoding: &'static Encoding| encoding == UTF_8 || encoding.is_single_byte();
        Self {
            text,
            charset,
            head: Some(Vec::new()),
            as_bytes: charset.declared.is_none_or(single).then(Matcher::default),
            decoded: None,
        }
    }

    /// What is looked for.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Takes the next piece; whether the text has been found by now.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        if let Some(matcher) = &mut self.as_bytes {
            matcher.push(piece, self.text.as_bytes());
        }
        match &mut self.head {
            Some(head) => {
                head.extend_from_slice(piece);
                if head.len() >= self.charset.head_bytes() {
                    self.begin();
                }
            }
            None => self.decode(piece, false),
        }
        self.found()
    }

    /// Whether the encoding is known, so that what has been found is certain.
    pub(super) fn is_certain(&self) -> bool {
        self.head.is_none()
    }

    /// Ends the text; whether it has the one that was looked for.
    pub(super) fn finish(&mut self) -> bool {
        self.begin();
        self.decode(&[], true);
        self.found()
    }

    fn found(&self) -> bool {
        let decoded = self.decoded.as_ref();
        self.as_bytes.as_ref().is_some_and(|matcher| matcher.found)
            || decoded.is_some_and(|decoded| decoded.counts && decoded.matcher.found)
    }

    fn begin(&mut self) {
        let Some(head) = self.head.take() else { return };
        let encoding = self.charset.encoding(&head);
        if encoding.is_some_and(|encoding| encoding != UTF_8 && !encoding.is_single_byte()) {
            // Half a character could be taken for a letter.
            self.as_bytes = None;
        } else {
            let text = self.text.as_bytes();
            self.as_bytes.get_or_insert_with(|| {
                // A byte order mark contradicts the header.
                let mut matcher = Matcher::default();
                matcher.push(&head, text);
                matcher
            });
            if self.text.is_ascii() || encoding == Some(UTF_8) {
                // The same in all of these encodings.
                return;
            }
        }
        self.decoded = Some(Decoded {
            decoder: Box::new(
                encoding
                    .unwrap_or(WINDOWS_1252)
                    .new_decoder_without_bom_handling(),
            ),
            utf_8: encoding
                .is_none()
                .then(|| Box::new(UTF_8.new_decoder_without_bom_handling())),
            matcher: Matcher::default(),
            counts: encoding.is_some(),
        });
        self.decode(&head, false);
    }

    fn decode(&mut self, mut piece: &[u8], last: bool) {
        let Some(decoded) = &mut self.decoded else { return };
        let mut chunk = [0; 1024];
        if let Some(utf_8) = &mut decoded.utf_8
            && is_malformed(utf_8, piece, last, &mut chunk)
        {
            decoded.counts = true;
            decoded.utf_8 = None;
        }
        loop {
            let (result, read, written, _) = decoded.decoder.decode_to_utf8(piece, &mut chunk, last);
            decoded.matcher.push(&chunk[..written], self.text.as_bytes());
            piece = &piece[read..];
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }
}

fn is_malformed(utf_8: &mut Decoder, mut piece: &[u8], last: bool, chunk: &mut [u8]) -> bool {
    loop {
        let (result, read, _) = utf_8.decode_to_utf8_without_replacement(piece, chunk, last);
        piece = &piece[read..];
        match result {
            DecoderResult::InputEmpty => return false,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return true,
        }
    }
}

/// A search for bytes that remembers what could be the beginning of a match.
#[derive(Debug, Default)]
struct Matcher {
    tail: Vec<u8>,
    found: bool,
}

impl Matcher {
    fn push(&mut self, piece: &[u8], text: &[u8]) {
        if self.found || text.is_empty() {
            self.found = true;
            return;
        }
        let keep = text.len() - 1;
        if !self.tail.is_empty() {
            let across = &piece[..piece.len().min(keep)];
            self.tail.extend_from_slice(across);
            self.found = memmem::find(&self.tail, text).is_some();
        }
        self.found = self.found || memmem::find(piece, text).is_some();
        if piece.len() >= keep {
            self.tail.clear();
            self.tail.extend_from_slice(&piece[piece.len() - keep..]);
        } else {
            if self.tail.is_empty() {
                self.tail.extend_from_slice(piece);
            }
            let surplus = self.tail.len().saturating_sub(keep);
            self.tail.drain(..surplus);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(content_type: &str) -> Charset {
        let value = HeaderValue::from_str(content_type).unwrap();
        Charset::of_content_type(Some(&value))
    }

    /// Whether `text` is found, in one piece and byte by byte.
    fn finds(content_type: &str, body: &[u8], text: &str) -> bool {
        let whole = |size: usize| {
            let mut search = Search::new(text, of(content_type));
            for piece in body.chunks(size) {
                search.push(piece);
            }
            search.finish()
        };
        assert_eq!(whole(1), whole(4096), "{content_type} {text}");
        whole(7)
    }

    fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_text_is_found_in_whatever_encoding_it_comes() {
        let latin: &[u8] = b"sch\xf6ne Gr\xfc\xdfe";
        let utf_8 = "schöne Grüße".as_bytes();
        for content_type in ["text/plain; charset=ISO-8859-1", "text/plain", "text/html"] {
            assert!(finds(content_type, latin, "Grüße"), "{content_type}");
            assert!(finds(content_type, utf_8, "Grüße"), "{content_type}");
        }
        // As a browser shows it.
        assert!(!finds("text/plain; charset=utf-8", latin, "Grüße"));
        assert!(finds("text/plain", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe", "Grüße"));

        assert!(finds(
            "text/plain; charset=shift_jis",
            b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe",
            "Grüße"
        ));

        let japanese = encoding_rs::SHIFT_JIS.encode("致命的エラーが発生").0.into_owned();
        for content_type in ["text/html; charset=Shift_JIS", "text/html;Charset=\"sjis\""] {
            assert!(finds(content_type, &japanese, "エラー"), "{content_type}");
        }
        // The second half of エ is a letter in ASCII.
        assert!(japanese.contains(&b'G'), "{japanese:?}");
        assert!(!finds("text/html; charset=Shift_JIS", &japanese, "G"));
        let page = [&b"<html><head><meta charset='shift_jis'></head>"[..], &japanese].concat();
        assert!(finds("text/html", &page, "エラー"));
        let old = b"<META http-equiv=content-type content=\"text/html; charset=windows-1251\">\xce\xf8\xe8\xe1\xea\xe0";
        assert!(finds("text/html", old, "Ошибка"));
        let xml = b"<?xml version='1.0' encoding='koi8-r'?><e>\xef\xdb\xc9\xc2\xcb\xc1</e>";
        assert!(finds("application/xml", xml, "Ошибка"));

        for text in ["Grüße", "ok"] {
            let body = format!("\u{feff}it is ok: {text}");
            for (label, to_bytes) in [
                ("utf-16le", u16::to_le_bytes as fn(u16) -> [u8; 2]),
                ("utf-16be", u16::to_be_bytes),
            ] {
                let marked = utf_16(&body, to_bytes);
                assert!(finds("text/plain", &marked, text), "{label} with a mark");
                assert!(finds("text/plain; charset=utf-8", &marked, text), "a mark wins");
                let plain = &marked[2..];
                for content_type in [
                    &format!("text/plain; charset={label}"),
                    "text/plain; charset=utf-16",
                    "text/plain",
                ] {
                    assert!(finds(content_type, plain, text), "{label} in {content_type}");
                    assert!(!finds(content_type, plain, "no"), "{label} in {content_type}");
                }
            }
        }
    }

    #[test]
    fn what_is_utf_8_is_not_read_as_something_else() {
        assert!(!finds("text/plain", "Grüße".as_bytes(), "Ã¼"));
        assert!(finds("text/plain", "GrÃ¼ÃŸe".as_bytes(), "Ã¼"));
        // An unknown label counts as none.
        assert!(finds("text/plain; charset=klingon", "Grüße".as_bytes(), "Grüße"));
        assert!(!finds("text/plain", b"", "a"));
    }

    #[test]
    fn a_match_across_pieces_is_found_and_little_is_kept() {
        let mut matcher = Matcher::default();
        for piece in ["aaa", "b", "", "aab", "aabc"] {
            assert!(!matcher.found);
            matcher.push(piece.as_bytes(), b"abaabaabc");
            assert!(matcher.tail.len() < 18);
        }
        assert!(matcher.found);
    }
}
