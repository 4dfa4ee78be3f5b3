//! Sites to check, in a process of their own: `targets PORT HEALTHY HANGING [CERTIFICATES]`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || std::io::Error::other("usage: targets PORT HEALTHY HANGING [CERTIFICATES]");
    let [port, healthy, hanging, folder @ ..] = arguments.as_slice() else {
        return Err(usage());
    };
    let number = |text: &str| text.parse::<u32>().map_err(|_| usage());
    let (port, healthy, hanging) = (number(port)?, number(healthy)?, number(hanging)?);
    let port = u16::try_from(port).map_err(|_| usage())?;
    let folder = folder.first().map(Path::new);
    let tls = folder.map(bench::tls::acceptor).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(bench::targets::serve(port, healthy, hanging, tls))
}
