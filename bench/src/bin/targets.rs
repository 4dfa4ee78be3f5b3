//! Sites to check, in a process of their own: `targets PORT HEALTHY HANGING`.

fn main() -> std::io::Result<()> {
    let arguments: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let &[port, healthy, hanging] = arguments.as_slice() else {
        return Err(std::io::Error::other("usage: targets PORT HEALTHY HANGING"));
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(bench::targets::serve(port as u16, healthy, hanging))
}
