//! Headers of the answers that an HTTP server makes by itself, when there is no request yet: to a head that cannot be
//! read, is too large or too late. No middleware sees them, so they are completed on their way to the client.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How such an answer begins, without its status, and the longest head that is one.
const BEGINS: &[u8] = b"HTTP/1.1 ";
const LONGEST: usize = 256;

/// How it ends, and the headers that it has: there is no body.
const ENDS: &[u8] = b"\r\n\r\n";
const EMPTY: &[u8] = b"content-length: 0";
const OTHERS: [&[u8]; 2] = [b"connection: ", b"date: "];

/// It is the last of its connection, which the server says of the first only.
const CLOSE: &[u8] = b"connection: close\r\n";

/// The statuses that an HTTP server answers by itself.
const STATUSES: [&[u8]; 3] = [b"400 ", b"408 ", b"431 "];

/// A connection on which bare answers get headers.
#[derive(Debug)]
pub struct Completed {
    stream: TcpStream,
    /// Lines, each with its end.
    headers: Arc<[u8]>,
    /// What was taken from the server and is not yet on its way.
    pending: Vec<u8>,
    written: usize,
}

impl Completed {
    /// The connection, with these headers: lines that end in CRLF.
    pub fn new(stream: TcpStream, headers: Arc<[u8]>) -> Self {
        Self {
            stream,
            headers,
            pending: Vec::new(),
            written: 0,
        }
    }

    /// What is below.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.pending.len() {
            let rest = &self.pending[self.written..];
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        self.pending.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

/// The head of the bare answer that ends a text.
fn bare(text: &[u8]) -> Option<&[u8]> {
    let is_end = text.ends_with(ENDS);
    let tail = is_end.then(|| &text[text.len().saturating_sub(LONGEST)..])?;
    let begin = memchr::memmem::rfind(tail, BEGINS)?;
    let head = &tail[begin + BEGINS.len()..];
    let mut lines = head[..head.len() - ENDS.len()]
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let status = lines.next()?;
    let is_bare = STATUSES.iter().any(|known| status.starts_with(known))
        && lines.next() == Some(EMPTY)
        && lines.all(|line| OTHERS.iter().any(|known| line.starts_with(known)));
    is_bare.then(|| &tail[begin..])
}

impl AsyncRead for Completed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Completed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_pending(context))?;
        let Some(head) = bare(buffer) else {
            return Pin::new(&mut this.stream).poll_write(context, buffer);
        };
        let close = match memchr::memmem::find(head, CLOSE) {
            Some(_) => b"",
            None => CLOSE,
        };
        let (begin, end) = buffer.split_at(buffer.len() - 2);
        this.pending = [begin, close, &this.headers, end].concat();
        // What does not go now goes with the flush.
        if let Poll::Ready(Err(error)) = this.poll_pending(context) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: Fri, 27 Nov 2026 10:00:00 GMT\r\n\r\n";

    #[test]
    fn only_an_answer_without_headers_of_ours_is_bare() {
        let ours = BARE.replace("date:", "x-content-type-options: nosniff\r\ndate:");
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere";
        for (text, expected) in [
            (BARE.to_owned(), true),
            (BARE.replace("400 Bad Request", "408 Request Timeout"), true),
            (BARE.replace("connection: close\r\n", ""), true),
            // After other answers of the connection.
            (format!("{page}{BARE}"), true),
            (ours, false),
            (page.to_owned(), false),
            (BARE.replace("400", "204"), false),
            (BARE.replace("content-length: 0", "content-length: 9"), false),
            (format!("{BARE}x"), false),
            (String::new(), false),
        ] {
            assert_eq!(bare(text.as_bytes()).is_some(), expected, "{text}");
        }
    }
}
