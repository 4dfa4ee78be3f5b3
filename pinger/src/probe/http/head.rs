//! What is read until the head of a response is there has a limit. Informational answers may come before it, each with a
//! head of its own, and hyper passes over as many as there are.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::exchange::MAX_HEAD_BYTES;

/// The most that is read until then, in bytes: some informational answers, the head, and what is read along with it.
pub(super) const MAX_BEFORE_BODY: usize = 4 * MAX_HEAD_BYTES;

/// The head does not come.
#[derive(Debug, thiserror::Error)]
#[error("Response has more than {} KiB of informational answers", MAX_BEFORE_BODY / 1024)]
pub(super) struct EndlessHead;

/// How much may still be read until the head is there.
#[derive(Debug)]
pub(super) struct BeforeBody(AtomicUsize);

impl BeforeBody {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(MAX_BEFORE_BODY))
    }

    /// The head is there.
    pub(super) fn is_over(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }
}

/// A stream of which no more than that is read.
pub(super) struct Limited<'a, S> {
    pub(super) stream: S,
    pub(super) left: &'a BeforeBody,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.left.0.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Err(io::Error::other(EndlessHead)));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if left != usize::MAX {
            let read = buffer.filled().len() - before;
            self.left.0.store(left.saturating_sub(read), Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
