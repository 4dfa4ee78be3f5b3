//! A connection that ends when its server falls silent. A server that was asked and does not answer may be
//! gone without a word: a proxy or a network in between swallows what is sent, and no statement timeout of
//! the server reaches the client. Watched here, no call on the connection can be without a deadline.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use super::frames::{self, Frames};

/// What is below a watched connection.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Transport for T {}

/// When a connection of a pool fell silent last: the others may be as dead, without knowing.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence(Arc<Mutex<Option<std::time::Instant>>>);

impl Silence {
    /// A connection has fallen silent now.
    pub(super) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::time::Instant::now());
    }

    /// Whether a connection fell silent after `created`.
    pub(super) fn is_after(&self, created: std::time::Instant) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last >= created)
    }
}

/// A connection to PostgreSQL, from its first message on, that fails with [`io::ErrorKind::TimedOut`] when an
/// answer is due and nothing moves for the deadline.
pub(super) struct Watched {
    transport: Box<dyn Transport>,
    /// Binds the authentication to the encryption, where there is one. It is asked for once.
    binding: Mutex<Option<ChannelBinding>>,
    sent: Frames,
    received: Frames,
    /// Requests whose last message has not come.
    due: u32,
    /// The transport takes no more for the moment.
    blocked: bool,
    /// When a byte went or came last, or the first answer became due.
    moved: Instant,
    deadline: Duration,
    /// Is set anew only when it goes off, so that a statement costs no timer.
    timer: Pin<Box<Sleep>>,
    silence: Silence,
}

impl Watched {
    pub(super) fn new(transport: Box<dyn Transport>, deadline: Duration, silence: Silence) -> Self {
        Self {
            transport,
            binding: Mutex::new(None),
            sent: Frames::of_a_client(),
            received: Frames::of_a_server(),
            // The start-up is a request, too.
            due: 1,
            blocked: false,
            moved: Instant::now(),
            deadline,
            timer: Box::pin(tokio::time::sleep(deadline)),
            silence,
        }
    }

    /// The same on an encrypted transport.
    pub(super) fn bound_by(mut self, binding: ChannelBinding) -> Self {
        self.binding = Mutex::new(Some(binding));
        self
    }

    fn is_waiting(&self) -> bool {
        self.due > 0 || self.blocked
    }

    /// Fails when the server has been waited for too long, and wakes the task when that may be so.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        while self.is_waiting() {
            ready!(self.timer.as_mut().poll(cx));
            let until = self.moved + self.deadline;
            if Instant::now() >= until {
                self.silence.note();
                return Poll::Ready(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "the database did not answer within {} ms",
                        self.deadline.as_millis()
                    ),
                ));
            }
            self.timer.as_mut().reset(until);
        }
        Poll::Pending
    }

    /// After a write or a flush that has moved something, or has not.
    fn note_write<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let was_waiting = self.is_waiting();
        self.blocked = outcome.is_pending();
        if self.blocked {
            if !was_waiting {
                self.moved = Instant::now();
            }
            return self.poll_deadline(cx).map(Err);
        }
        outcome
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if Pin::new(&mut this.transport).poll_read(cx, buf)?.is_pending() {
            return this.poll_deadline(cx).map(Err);
        }
        let due = &mut this.due;
        this.received.feed(&buf.filled()[before..], |kind| {
            if kind == frames::READY_FOR_QUERY {
                *due = due.saturating_sub(1);
            }
        });
        this.moved = Instant::now();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let outcome = Pin::new(&mut this.transport).poll_write(cx, buf);
        let Poll::Ready(Ok(written)) = outcome else {
            return this.note_write(cx, outcome);
        };
        let was_waiting = this.is_waiting();
        this.blocked = false;
        let due = &mut this.due;
        this.sent.feed(&buf[..written], |kind| match kind {
            frames::QUERY | frames::SYNC => *due += 1,
            // A server that takes in the rows of a COPY passes over the Sync before them.
            frames::COPY_DONE | frames::COPY_FAIL => *due = due.saturating_sub(1),
            _ => {}
        });
        this.moved = Instant::now();
        if !was_waiting && let Poll::Ready(error) = this.poll_deadline(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.transport).poll_flush(cx);
        self.note_write(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.transport).poll_shutdown(cx);
        self.note_write(cx, outcome)
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        let binding = self.binding.lock().unwrap_or_else(PoisonError::into_inner).take();
        binding.unwrap_or_else(ChannelBinding::none)
    }
}
