//! A mail server that takes everything, as far as a client can tell.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom the envelope names, in angle brackets.
    pub to: Vec<String>,
    /// Head and body, encoded.
    pub text: String,
}

impl Mail {
    /// A text of one part, with long lines as they were written.
    pub fn unfolded(&self) -> String {
        let text = self.text.replace("=\r\n", "").replace("\r\n ", " ");
        text.replace("=3D", "=")
    }

    /// What follows `prefix` in it, up to the end of the word.
    pub fn word_after(&self, prefix: &str) -> Option<String> {
        let text = self.unfolded();
        let (_, rest) = text.split_once(prefix)?;
        let word = rest
            .split(|c: char| c.is_whitespace() || matches!(c, '>' | '?' | '/'))
            .next();
        word.map(str::to_owned)
    }
}

/// How it behaves otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// It does not answer `QUIT`.
    pub stays: bool,
    /// It greets in a line without an end.
    pub babbles: bool,
    /// It takes no HTML.
    pub plain_only: bool,
    /// It takes a mail and hangs up without a word.
    pub hangs_up: bool,
    /// It knows none of its recipients.
    pub knows_nobody: bool,
    /// It does not know this recipient, in angle brackets.
    pub knows_not: Option<&'static str>,
    /// It has no room for this recipient at first.
    pub full_once_for: Option<&'static str>,
}

/// A mail server.
#[derive(Debug)]
pub struct FakeSmtp {
    /// Its address, as `SMTP_URL` has it.
    pub url: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    task: JoinHandle<()>,
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeSmtp {
    /// One that takes everything.
    pub async fn start() -> Self {
        Self::with(Manners::default()).await
    }

    /// One that behaves in its own way.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let url = format!("smtp://{address}");
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&mails);
        let was_full = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(
                    stream,
                    Arc::clone(&taken),
                    Arc::clone(&was_full),
                    manners,
                ));
            }
        });
        Self { url, mails, task }
    }

    /// The mails that arrived.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn converse(
    stream: TcpStream,
    mails: Arc<Mutex<Vec<Mail>>>,
    was_full: Arc<AtomicBool>,
    manners: Manners,
) -> std::io::Result<()> {
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
            "RCPT" if manners.knows_nobody || is_to(manners.knows_not, &line) => "550 5.1.1 no such user\r\n",
            "RCPT" if is_to(manners.full_once_for, &line) && !was_full.swap(true, Ordering::Relaxed) => {
                "452 4.2.2 mailbox full\r\n"
            }
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
                let mail = Mail { to, text };
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                if manners.hangs_up {
                    return Ok(());
                }
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

fn is_to(recipient: Option<&str>, line: &str) -> bool {
    recipient.is_some_and(|recipient| line.contains(recipient))
}
