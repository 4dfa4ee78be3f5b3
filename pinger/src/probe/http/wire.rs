//! A connection that is driven, and a body that is read from it.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use hyper::body::{Body as _, Bytes, Incoming};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

/// Runs the connection for as long as `work` takes, in this task: a task for each connection would cost a
/// wake-up and an allocation per check.
pub(super) async fn drive<C: Future, F: Future>(connection: &mut Option<Pin<&mut C>>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| poll_driven(connection, context, |context| work.as_mut().poll(context))).await
}

fn poll_driven<C: Future, T>(
    connection: &mut Option<Pin<&mut C>>,
    context: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    if let Poll::Ready(output) = poll(context) {
        return Poll::Ready(output);
    }
    let ended = match connection {
        Some(connection) => connection.as_mut().poll(context).is_ready(),
        None => false,
    };
    if ended {
        *connection = None;
    }
    poll(context)
}

/// The body of a response as bytes. Its errors are [`hyper::Error`]s.
pub(super) struct WireBody<'a, 'c, C> {
    pub(super) connection: &'a mut Option<Pin<&'c mut C>>,
    pub(super) body: Incoming,
    /// What has been received and not been read.
    pub(super) data: Bytes,
    /// How much has been received, in bytes.
    pub(super) received: usize,
}

impl<C: Future> WireBody<'_, '_, C> {
    /// The length that the head declares.
    pub(super) fn declared(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// Receives more, if there is more.
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        while self.data.is_empty() {
            let body = &mut self.body;
            let frame = poll_driven(self.connection, context, |context| {
                Pin::new(&mut *body).poll_frame(context)
            });
            let Some(frame) = ready!(frame) else { break };
            if let Ok(data) = frame?.into_data() {
                self.received += data.len();
                self.data = data;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next piece of the body; an empty one at its end.
    pub(super) async fn next(&mut self) -> Result<Bytes, hyper::Error> {
        poll_fn(|context| self.poll_data(context)).await?;
        Ok(std::mem::take(&mut self.data))
    }
}

impl<C: Future> AsyncBufRead for WireBody<'_, '_, C> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        ready!(this.poll_data(context)).map_err(io::Error::other)?;
        Poll::Ready(Ok(&this.data))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let _ = self.get_mut().data.split_to(count);
    }
}

/// Reads from what is buffered.
pub(super) fn poll_buffered<R: AsyncBufRead>(
    mut input: Pin<&mut R>,
    context: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let data = ready!(input.as_mut().poll_fill_buf(context))?;
    let count = data.len().min(buffer.remaining());
    buffer.put_slice(&data[..count]);
    input.consume(count);
    Poll::Ready(Ok(()))
}

impl<C: Future> AsyncRead for WireBody<'_, '_, C> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_buffered(self, context, buffer)
    }
}

/// A TLS stream whose end counts as one also when the peer does not say goodbye (`close_notify`), as many do not. HTTP
/// says by itself whether a response is complete, except where its end is that of the connection; browsers take it
/// there too.
pub(super) struct Lenient<S>(pub(super) S);

impl<S: AsyncRead + Unpin> AsyncRead for Lenient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.0).poll_read(context, buffer)) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lenient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
