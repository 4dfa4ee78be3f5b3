//! Where the messages of PostgreSQL's protocol (version 3) begin and end in what goes over a connection: one
//! byte of kind, four bytes of length, which count themselves, and the rest.

/// A simple query: it has an answer.
pub(super) const QUERY: u8 = b'Q';
/// The end of an extended query: it has an answer.
pub(super) const SYNC: u8 = b'S';
/// The rows of a COPY are complete.
pub(super) const COPY_DONE: u8 = b'c';
/// The rows of a COPY are not to be taken.
pub(super) const COPY_FAIL: u8 = b'f';
/// The end of an answer.
pub(super) const READY_FOR_QUERY: u8 = b'Z';

const HEADER: usize = 5;

/// Follows one direction of a connection.
#[derive(Debug)]
pub(super) struct Frames {
    header: [u8; HEADER],
    /// Bytes of the header that have come.
    have: usize,
    /// Bytes of the rest that have not.
    left: usize,
}

impl Frames {
    /// What a client sends: its first message has no kind.
    pub(super) fn of_a_client() -> Self {
        Self {
            have: 1,
            ..Self::of_a_server()
        }
    }

    /// What a server sends.
    pub(super) fn of_a_server() -> Self {
        Self {
            header: [0; HEADER],
            have: 0,
            left: 0,
        }
    }

    /// Takes the next bytes, and tells `ended` the kind of each message that ends in them.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut ended: impl FnMut(u8)) {
        while !bytes.is_empty() {
            if self.have < HEADER {
                let taken = (HEADER - self.have).min(bytes.len());
                self.header[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
                self.have += taken;
                bytes = &bytes[taken..];
                if self.have < HEADER {
                    return;
                }
                let [_, length @ ..] = self.header;
                self.left = (u32::from_be_bytes(length) as usize).saturating_sub(length.len());
            }
            let taken = self.left.min(bytes.len());
            self.left -= taken;
            bytes = &bytes[taken..];
            if self.left == 0 {
                self.have = 0;
                ended(self.header[0]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 4).to_be_bytes();
        [&[kind], length.as_slice(), body].concat()
    }

    #[test]
    fn messages_end_where_they_end_however_they_are_cut() {
        let sent = [
            message(b'P', b"select Q S Z"),
            message(SYNC, b""),
            message(b'D', &[b'Z'; 300]),
            message(READY_FOR_QUERY, b"I"),
        ]
        .concat();
        for size in 1..=sent.len() {
            let (mut frames, mut kinds) = (Frames::of_a_server(), Vec::new());
            for part in sent.chunks(size) {
                frames.feed(part, |kind| kinds.push(kind));
            }
            assert_eq!(kinds, [b'P', SYNC, b'D', READY_FOR_QUERY], "in parts of {size}");
        }
    }

    #[test]
    fn a_message_ends_with_its_last_byte_and_not_before() {
        let mut frames = Frames::of_a_server();
        let whole = message(READY_FOR_QUERY, b"I");
        frames.feed(&whole[..5], |_| panic!("the status is missing"));
        let mut ended = 0;
        frames.feed(&whole[5..], |_| ended += 1);
        assert_eq!(ended, 1);
    }

    #[test]
    fn the_first_message_of_a_client_has_no_kind() {
        let startup = &message(0, b"user\0uptime\0\0")[1..];
        let (mut frames, mut kinds) = (Frames::of_a_client(), Vec::new());
        frames.feed(startup, |kind| kinds.push(kind));
        frames.feed(&message(QUERY, b"SELECT 1\0"), |kind| kinds.push(kind));
        assert_eq!(kinds, [0, QUERY]);
    }
}
