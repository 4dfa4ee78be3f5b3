//! A mail server that takes everything, as far as a client can tell.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

/// How it behaves otherwise.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manners {
    /// It does not answer `QUIT`.
    pub(crate) stays: bool,
    /// It greets in a line without an end.
    pub(crate) babbles: bool,
    /// It takes no HTML.
    pub(crate) plain_only: bool,
}

pub(crate) struct FakeSmtp {
    pub(crate) url: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    task: JoinHandle<()>,
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeSmtp {
    pub(crate) async fn start() -> Self {
        Self::with(Manners::default()).await
    }

    pub(crate) async fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&taken), manners));
            }
        });
        Self { url, mails, task }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

async fn converse(stream: TcpStream, mails: Arc<Mutex<Vec<Mail>>>, manners: Manners) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if manners.babbles {
        loop {
            stream.write_all(&[b'2'; 64 * 1024]).await?;
        }
    }
    stream.write_all(b"220 fake\r\n").await?;
    let (mut to, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-fake\r\n250 8BITMIME\r\n",
            "RCPT" => {
                to.push(line.trim().trim_start_matches("RCPT TO:").to_owned());
                "250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await? == 0 {
                        return Ok(());
                    }
                }
                let to = std::mem::take(&mut to);
                let is_taken = !manners.plain_only || !text.contains("text/html");
                mails.lock().unwrap().push(Mail { to, text });
                match is_taken {
                    true => "250 queued as 1\r\n",
                    false => "554 5.6.0 no HTML here\r\n",
                }
            }
            "QUIT" if manners.stays => continue,
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}
