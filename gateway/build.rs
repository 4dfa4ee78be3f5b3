//! The dashboard is built by npm before cargo; without it the gateway still compiles, and says so.

fn main() -> std::io::Result<()> {
    let dist = "../dashboard/dist";
    println!("cargo:rerun-if-changed={dist}");
    std::fs::create_dir_all(dist)
}
