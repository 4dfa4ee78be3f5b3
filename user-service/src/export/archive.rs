//! A ZIP file while it is written: what goes in is compressed on a thread of its own, and comes out in parts. Neither is
//! ever kept as a whole.

use std::io::{self, Write};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Bytes of a part.
const PART_BYTES: usize = 512 * 1024;

/// Parts that wait to be stored, and inputs that wait to be compressed.
const QUEUE: usize = 4;

/// What goes into an archive.
#[derive(Debug)]
enum Input {
    File(String),
    Bytes(Vec<u8>),
}

/// Writes an archive.
#[derive(Debug)]
pub(super) struct Archive {
    inputs: mpsc::Sender<Input>,
    writing: JoinHandle<io::Result<()>>,
}

/// An archive, and where its parts come out.
pub(super) fn begin() -> (Archive, mpsc::Receiver<Vec<u8>>) {
    let ((inputs, mut taken), (parts, out)) = (mpsc::channel(QUEUE), mpsc::channel(QUEUE));
    let writing = tokio::task::spawn_blocking(move || {
        let mut zip = ZipWriter::new_stream(Parts::new(parts));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true);
        while let Some(input) = taken.blocking_recv() {
            match input {
                Input::File(name) => zip.start_file(name, options)?,
                Input::Bytes(bytes) => zip.write_all(&bytes)?,
            }
        }
        zip.finish()?.into_inner().finish()
    });
    (Archive { inputs, writing }, out)
}

impl Archive {
    /// Begins a file.
    pub(super) async fn file(&self, name: &str) -> io::Result<()> {
        self.send(Input::File(name.to_owned())).await
    }

    /// Goes on with the file.
    pub(super) async fn write(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.send(Input::Bytes(bytes)).await
    }

    async fn send(&self, input: Input) -> io::Result<()> {
        let sent = self.inputs.send(input).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Ends the archive.
    pub(super) async fn finish(self) -> io::Result<()> {
        drop(self.inputs);
        self.writing.await.map_err(io::Error::other)?
    }
}

/// Cuts what is written into parts.
struct Parts {
    part: Vec<u8>,
    parts: mpsc::Sender<Vec<u8>>,
}

impl Parts {
    fn new(parts: mpsc::Sender<Vec<u8>>) -> Self {
        let part = Vec::with_capacity(PART_BYTES);
        Self { part, parts }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        let sent = self.parts.blocking_send(part);
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn finish(mut self) -> io::Result<()> {
        match self.part.is_empty() {
            true => Ok(()),
            false => self.pass_on(),
        }
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART_BYTES - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        if self.part.len() == PART_BYTES {
            self.pass_on()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
