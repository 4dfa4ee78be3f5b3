//! A line to a server that can be cut.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Good,
    /// Connections break, new ones are refused.
    Cut,
    /// Connections stay open, and nothing gets through.
    Silent,
}

/// A line to a server.
pub(crate) struct Cable {
    line: watch::Sender<Line>,
}

impl Cable {
    /// A line to the server that `url` names, and the URL by way of the line.
    pub(crate) async fn instead_of(url: &str) -> (Self, String) {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, target) = match authority.rsplit_once('@') {
            Some((login, target)) => (format!("{login}@"), target),
            None => (String::new(), authority),
        };
        let target = target.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, state) = watch::channel(Line::Good);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target.clone(), state.clone()));
            }
        });
        (Self { line }, format!("{scheme}://{login}{address}/{path}"))
    }

    pub(crate) fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    pub(crate) fn silence(&self) {
        self.line.send_replace(Line::Silent);
    }

    pub(crate) fn mend(&self) {
        self.line.send_replace(Line::Good);
    }
}

async fn carry(mut near: TcpStream, target: String, mut line: watch::Receiver<Line>) {
    loop {
        let now = *line.borrow_and_update();
        match now {
            Line::Cut => return,
            // Held open until the line changes, and broken then: what was sent meanwhile is lost.
            Line::Silent => {
                let _ = line.changed().await;
                return;
            }
            Line::Good => {
                let Ok(mut far) = TcpStream::connect(&target).await else {
                    return;
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => return,
                    changed = line.changed() => if changed.is_err() { return },
                }
            }
        }
    }
}
